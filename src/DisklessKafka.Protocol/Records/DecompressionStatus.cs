namespace DisklessKafka.Protocol.Records;

/// <summary>How decompressing a batch's records ended.</summary>
public enum DecompressionStatus
{
    Ok,
    /// <summary>The bytes are not what the codec writes, or end too early.</summary>
    Corrupt,
    /// <summary>More came out, or a larger window was asked for, than the limits allow.</summary>
    TooLarge,
}
