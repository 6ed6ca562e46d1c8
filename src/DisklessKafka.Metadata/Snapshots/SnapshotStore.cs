using System.Buffers;
using System.Globalization;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Metadata.Snapshots;

/// <summary>Snapshots in the object store. Keys sort by version, so the newest is found without the log.</summary>
internal sealed class SnapshotStore(IObjectStore objects, ILogger logger, short newestLevel = FeatureLevels.Newest)
{
    public const string Prefix = "snapshots/";

    /// <summary>A bit that flipped on the way is right the next time; a snapshot that is damaged where it lies stays so.</summary>
    private const int ReadsOfDamaged = 3;

    /// <param name="session">The ordinal of the writer's: two who write the same version, one of them fenced, never touch each other's object.</param>
    public static string KeyOf(long version, int session) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{version:D20}-{session}");

    /// <summary>The newest snapshot that can be used; null if there is none at all.</summary>
    /// <param name="check">
    /// Throws <see cref="LogRewoundException"/> for a state that the log does not go on from: it lost the entries that the
    /// snapshot was taken of, and an older snapshot is tried.
    /// </param>
    /// <exception cref="CorruptStateException">There are snapshots, and none can be used: starting from nothing would be worse.</exception>
    /// <exception cref="LogRewoundException">The same, and the last one tried is of another past.</exception>
    /// <exception cref="UnknownFeatureLevelException">A newer version wrote the newest one.</exception>
    public async Task<ClusterState?> LoadNewestAsync(Func<ClusterState, ValueTask> check, CancellationToken cancellation)
    {
        var snapshots = await ListAsync(cancellation);
        Exception? problem = null;
        for (var i = snapshots.Count - 1; i >= 0; i--)
        {
            try
            {
                var state = await ReadAsync(snapshots[i], cancellation);
                await check(state);
                ReplicaEvents.SnapshotLoaded(logger, snapshots[i].Key, state.View.Version, state.ExtentCount);
                return state;
            }
            catch (Exception e) when (e is CorruptStateException or LogRewoundException)
            {
                ReplicaEvents.SnapshotUnusable(logger, snapshots[i].Key, e);
                problem = e;
            }
            catch (ObjectNotFoundException)
            {
                // Deleted since it was listed: so there is a newer one by now, and the log says so if its tail is gone too.
            }
        }

        if (problem is not null) throw problem;
        return null;
    }

    private async Task<ClusterState> ReadAsync(ObjectInfo snapshot, CancellationToken cancellation)
    {
        for (var read = 1; ; read++)
        {
            try
            {
                return await new SnapshotReader(objects, snapshot, newestLevel).ReadAsync(cancellation);
            }
            catch (CorruptStateException e) when (read < ReadsOfDamaged)
            {
                ReplicaEvents.SnapshotDamaged(logger, snapshot.Key, e);
            }
        }
    }

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => objects.PutAsync(key, content, cancellation);

    /// <summary>Deletes every snapshot that sorts before the given one; those that a fenced writer left included.</summary>
    public async Task DeleteBeforeAsync(string oldestKept, CancellationToken cancellation)
    {
        var old = (await ListAsync(cancellation)).Select(snapshot => snapshot.Key).Where(key => string.CompareOrdinal(key, oldestKept) < 0).ToList();
        if (old.Count > 0) await objects.DeleteAsync(old, cancellation);
    }

    /// <summary>Oldest first. A handful: the prefix holds nothing else.</summary>
    private async Task<List<ObjectInfo>> ListAsync(CancellationToken cancellation)
    {
        var snapshots = new List<ObjectInfo>();
        await foreach (var snapshot in objects.ListAsync(Prefix, startAfter: null, cancellation)) snapshots.Add(snapshot);
        return snapshots;
    }
}
