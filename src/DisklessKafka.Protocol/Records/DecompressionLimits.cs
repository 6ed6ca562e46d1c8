namespace DisklessKafka.Protocol.Records;

/// <summary>
/// How much may come out of a compressed batch. Kafka has no such limit; with it a megabyte of input cannot cost
/// minutes of processor time. It bounds work and, where a codec's window follows the output, memory.
/// </summary>
public sealed record DecompressionLimits
{
    public static DecompressionLimits Default { get; } = new();

    /// <summary>Always allowed: many times what a client's batch holds by default (16 KiB to 1 MiB), however well it compresses.</summary>
    public long FloorBytes { get; init; } = 16 << 20;

    /// <summary>Beyond the floor, output per byte of input. Text compresses some 10-fold; only bombs come near.</summary>
    public int MaxRatio { get; init; } = 128;

    /// <summary>Never more than this.</summary>
    public long CeilingBytes { get; init; } = 512 << 20;

    /// <summary>
    /// Largest zstd window, as a power of two. 27 is what zstd's own decoder and Kafka allow, and what Java producers ask for
    /// at level 22. Memory of the window is touched only as output fills it, so it stays below <see cref="MaxOutputBytes"/>.
    /// </summary>
    public int MaxZstdWindowLog { get; init; } = 27;

    /// <summary>What <paramref name="inputBytes"/> of compressed records may become.</summary>
    public long MaxOutputBytes(long inputBytes) => Math.Min(CeilingBytes, Math.Max(FloorBytes, inputBytes * MaxRatio));
}
