using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State;

/// <summary>What can be asked between two entries, beyond what views tell.</summary>
public sealed partial class ClusterState
{
    public long ExtentCount => _extents.Count;

    /// <summary>Segments that extents refer to.</summary>
    public long SegmentCount => _segments.Count;

    /// <summary>Producers times partitions.</summary>
    public int ProducerCount => _producers.Count;

    /// <summary>Segments that nothing refers to, in order of session and sequence.</summary>
    public IEnumerable<PendingDeletion> PendingDeletions => _segments.Pending;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotRecord> Snapshots => _snapshots.Records;

    /// <summary>The ordinal of the session that holds a job.</summary>
    public IReadOnlyDictionary<string, int> Jobs => _jobs.Holders;

    /// <summary>Whether the session may still change something.</summary>
    public bool IsLive(Guid session) => _sessions.TryFind(session, out var found) && found.IsLive;

    /// <summary>The idempotent producers known in the partition, by producer id; null if there is no such partition.</summary>
    public IReadOnlyList<ProducerInfo>? FindProducers(TopicId topic, int partition)
    {
        if (_topics.Find(topic)?.Find(partition) is not { } found) return null;
        return found.Producers is not { } producers
            ? []
            : [.. producers.Values.OrderBy(entry => entry.ProducerId)
                .Select(entry => new ProducerInfo(
                    entry.ProducerId, entry.Epoch, entry.LastSequence, entry.LastTimestampMs, entry.TransactionOffset, entry.HasMarker ? Marker.CoordinatorEpoch : -1))];
    }

    /// <summary>What the group has committed, in order of topic and partition; null if there is no such group.</summary>
    public IReadOnlyList<(uint Topic, uint Partition, CommittedOffset Committed)>? FindOffsets(GroupId group) => _groups.Find(group.Value) is { } found ? [.. found.Offsets.All] : null;

    /// <summary>What the group has committed in the partition; null if nothing.</summary>
    public CommittedOffset? FindOffset(GroupId group, int topic, int partition) =>
        _groups.Find(group.Value) is { } found && found.Offsets.TryFind((uint)topic, (uint)partition, out var committed) ? committed : null;

    public int TransactionCount => _transactions.Count;

    /// <summary>All transactional ids in order.</summary>
    public IEnumerable<TransactionInfo> Transactions => _transactions.All.Select(ToInfo);

    public TransactionInfo? FindTransaction(TransactionalId id) => _transactions.Find(id.Value) is { } found ? ToInfo(found) : null;

    /// <summary>Whether an open transaction is going to commit an offset of the group there: what is committed may be about to change.</summary>
    /// <param name="topic">Ordinal.</param>
    public bool HasPendingOffset(GroupId group, int topic, int partition) => _transactions.HasPending(group.Value, (uint)topic, (uint)partition);

    private static TransactionInfo ToInfo(Transaction transaction) => new(
        transaction.Id, transaction.ProducerId, transaction.Epoch, transaction.State, transaction.TimeoutMs, transaction.StartMs, [.. transaction.Partitions]);
}
