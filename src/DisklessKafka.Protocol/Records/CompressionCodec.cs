namespace DisklessKafka.Protocol.Records;

/// <summary>How a batch's records are compressed: the lowest three bits of its attributes. 5 to 7 mean nothing.</summary>
public enum CompressionCodec
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}
