namespace DisklessKafka.Protocol.Records;

/// <summary>The attributes of a batch, as on the wire; the lowest three bits are the <see cref="CompressionCodec"/>.</summary>
[Flags]
public enum BatchAttributes : short
{
    None = 0,
    CompressionMask = 0b0000_0111,
    /// <summary>Every record's timestamp is the batch's maximum, given by the broker.</summary>
    LogAppendTime = 0b0000_1000,
    Transactional = 0b0001_0000,
    /// <summary>A marker made by a broker; its record is no data.</summary>
    Control = 0b0010_0000,
    /// <summary>The base timestamp is the time before which compaction keeps tombstones.</summary>
    DeleteHorizon = 0b0100_0000,
}
