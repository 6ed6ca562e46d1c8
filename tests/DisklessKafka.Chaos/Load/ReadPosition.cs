using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Load;

internal sealed record GatheredPoll(long From, long Next, long Invoked, long Completed, IReadOnlyList<SeenRecord> Records);

/// <summary>
/// Where a reader is in a partition. What comes within a few milliseconds is gathered to one poll: histories stay small, and
/// the moment at which a record was seen stays sharp.
/// </summary>
internal sealed class ReadPosition(PartitionName partition, long reader, long first = 0)
{
    private const long GatheredFor = 10_000; // microseconds

    private List<SeenRecord> _records = [];
    private long _from, _invoked, _completed;

    public PartitionName Partition => partition;

    public long Reader => reader;

    /// <summary>The next offset to read.</summary>
    public long Next { get; private set; } = first;

    /// <summary>Up to where who reads has dealt with it; at first where it began.</summary>
    public long Done { get; private set; } = first;

    public bool HasNews => Next > Done;

    public void MarkDone(long offset) => Done = offset;

    /// <returns>True if the records before are a poll by now.</returns>
    public bool Take(SeenRecord record, long invoked, long now, [NotNullWhen(true)] out GatheredPoll? poll)
    {
        poll = _records.Count > 0 && now - _invoked > GatheredFor ? TakeOut() : null;
        if (_records.Count == 0)
            (_from, _invoked) = (Next, invoked);
        _records.Add(record);
        Next = record.Offset + 1;
        _completed = now;
        return poll is not null;
    }

    /// <summary>What has been gathered; null if nothing was.</summary>
    public GatheredPoll? TakeOut()
    {
        if (_records.Count == 0)
            return null;
        var poll = new GatheredPoll(_from, Next, _invoked, _completed, _records);
        _records = [];
        return poll;
    }
}
