using System.ComponentModel.DataAnnotations;

namespace DisklessKafka.Agent.Read;

/// <summary>The cache's budgets. What a reply in flight still uses is bounded by the fetch limits, not here.</summary>
public sealed record CacheOptions
{
    /// <summary>Bytes in one chunk, the unit of a GET.</summary>
    [Range(1 << 16, 1 << 26)] public int ChunkBytes { get; init; } = 8 << 20;

    /// <summary>Budget for segments written here and for reads near partition ends.</summary>
    [Range(1 << 20, 1L << 40)] public long TailBytes { get; init; } = 256 << 20;

    /// <summary>Budget for catch-up reads, apart so that they cannot evict the tail.</summary>
    [Range(1 << 20, 1L << 40)] public long ColdBytes { get; init; } = 128 << 20;

    /// <summary>GETs in flight for reads near partition ends.</summary>
    [Range(1, 1024)] public int TailReads { get; init; } = 32;

    /// <summary>GETs in flight for catch-up reads.</summary>
    [Range(1, 1024)] public int ColdReads { get; init; } = 8;
}
