namespace DisklessKafka.TestKit.Checking;

/// <summary>One record, by who sent it where as which of its records there: 0, 1, 2, … in the order of sending.</summary>
public readonly record struct RecordName(int Producer, int Partition, long Number)
{
    public override string ToString() => $"record {Number} of producer {Producer} in partition {Partition}";
}

/// <summary>What became of a send, as the producer was told.</summary>
public enum SendOutcome
{
    /// <summary>Nothing was heard, or an error that leaves it open: the record may be there or not.</summary>
    Unknown,

    /// <summary>The broker answered that the record is stored.</summary>
    Acknowledged,
}

/// <param name="Offset">As acknowledged; null where the producer was not told.</param>
public readonly record struct SentRecord(RecordName Name, SendOutcome Outcome, long? Offset);

/// <param name="Offset">Where in its partition (<see cref="RecordName.Partition"/>) a reader found the record.</param>
public readonly record struct ReadRecord(RecordName Name, long Offset);

/// <summary>All that producers and readers saw of one topic. Every producer is idempotent and sends in order.</summary>
public sealed class DeliveryHistory
{
    /// <summary>In any order.</summary>
    public List<SentRecord> Sent { get; } = [];

    /// <summary>Everything in the topic when all was over, by partition in the order read.</summary>
    public List<ReadRecord> FinalRead { get; } = [];

    /// <summary>What others had read meanwhile, in any order: none of it may be different at the end.</summary>
    public List<ReadRecord> EarlierReads { get; } = [];
}
