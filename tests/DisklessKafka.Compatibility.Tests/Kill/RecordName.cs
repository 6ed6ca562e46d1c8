namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>One record, by who sent it where as which of its records there: 0, 1, 2, … in the order of sending.</summary>
internal readonly record struct RecordName(int Producer, int Partition, long Number)
{
    /// <summary>What the checker knows the record by.</summary>
    public long Value => ((long)Producer << 48) | ((long)Partition << 40) | Number;

    public override string ToString() => $"record {Number} of producer {Producer} in partition {Partition}";
}
