using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Metadata.Snapshots;

/// <summary>
/// Writes a snapshot when the log's tail has grown long enough. Any agent that appends may come to it; the claim in the
/// log makes it one at a time, and lets another take over from one that died over it.
/// </summary>
internal sealed class SnapshotJob(Replica replica, SnapshotStore store, IMetadataLog log, ReplicaOptions options, ILogger logger)
{
    private const string JobName = "snapshot";

    private long _tailBytes; // replayed since the last snapshot
    private long _lastVersion = -1;
    private long _notBeforeVersion; // after a failure: not at every entry

    /// <summary>The run in progress, or the last one.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>On the apply turn, after each entry.</summary>
    /// <param name="session">Set if the entry is this agent's: whoever is quiet leaves the work to those that are awake.</param>
    public void OnApplied(ClusterState state, int entryBytes, AgentSession? session)
    {
        var newest = state.Snapshots.Count > 0 ? state.Snapshots[^1] : null;
        var version = newest?.Version ?? 0;
        if (version != _lastVersion) (_lastVersion, _tailBytes) = (version, 0);
        _tailBytes += entryBytes;

        if (session is not { IsLive: true } || !options.WritesSnapshots || !Completion.IsCompleted) return;
        var now = state.View.Version;
        var isDue = _tailBytes >= Math.Max(options.SnapshotTailBytes, newest?.SizeBytes ?? 0) || now - version >= options.SnapshotTailEntries;
        if (isDue && now >= _notBeforeVersion && !state.Jobs.ContainsKey(JobName)) Completion = RunAsync(session);
    }

    private async Task RunAsync(AgentSession session)
    {
        try
        {
            var claim = await session.AppendAsync(Command.Of(new ClaimJob { Job = JobName }), CancellationToken.None);
            if (claim.Outcome is not { Status: ClaimJobStatus.Claimed }) return;
            try
            {
                await WriteAsync(session);
            }
            finally
            {
                await session.AppendAsync(Command.Of(new ReleaseJob { Job = JobName }), CancellationToken.None);
            }
        }
        catch (ReplicaStoppedException)
        {
            // The replica's own end says more.
        }
        catch (Exception e) // the store or the log, mostly; whatever it is, serving goes on without a new snapshot
        {
            ReplicaEvents.SnapshotFailed(logger, e);
            _notBeforeVersion = replica.View.Version + Math.Max(1, options.SnapshotTailEntries / 16);
        }
    }

    private async Task WriteAsync(AgentSession session)
    {
        var capture = await replica.OnTurnAsync(state => state.Capture());
        var content = await SnapshotWriter.WriteAsync(capture, CancellationToken.None);
        var header = capture.Header;
        var key = SnapshotStore.KeyOf(header.Version, session.Ordinal);
        await store.PutAsync(key, content, CancellationToken.None);
        var taken = await session.AppendAsync(Command.Of(new SnapshotTaken
        {
            Key = key, Version = header.Version, SizeBytes = content.Length,
            Epoch = header.Epoch, Major = header.Major, Minor = header.Minor, CursorHash = header.CursorHash,
        }), CancellationToken.None);
        if (taken.Outcome is not { Status: SnapshotTakenStatus.Recorded }) return;
        ReplicaEvents.SnapshotWritten(logger, key, header.Version, content.Length);
        await TrimAsync();
    }

    /// <summary>First the log and then the objects: a start needs a snapshot and all of the log behind it.</summary>
    private async Task TrimAsync()
    {
        var records = await replica.OnTurnAsync(state => state.Snapshots.ToArray());
        if (records.Length < SnapshotTable.RecordsKept) return;
        await log.TrimAsync(records[^SnapshotTable.RecordsKept].Position, CancellationToken.None);
        await store.DeleteBeforeAsync(records[^SnapshotTable.ObjectsKept].Key, CancellationToken.None);
    }
}
