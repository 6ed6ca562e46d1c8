using DisklessKafka.Protocol;

namespace DisklessKafka.Storage.Segments;

/// <summary>One partition's batches in a segment: adjacent bytes, and adjacent offsets once they are committed.</summary>
public readonly record struct SegmentExtent
{
    public required TopicId Topic { get; init; }
    public required int Partition { get; init; }

    /// <summary>Of the first byte, from the object's start.</summary>
    public required long Position { get; init; }
    public required long LengthBytes { get; init; }

    /// <summary>Offsets that the batches take: as many as records, unless compaction removed some.</summary>
    public required long OffsetCount { get; init; }
    public required int BatchCount { get; init; }

    /// <summary>The earliest of the batches' base timestamps, in milliseconds since 1970; -1 if one has none.</summary>
    public required long MinTimestampMs { get; init; }

    /// <summary>The latest of the records' timestamps, in milliseconds since 1970; -1 if there is none.</summary>
    public required long MaxTimestampMs { get; init; }

    /// <summary>Place of its first one among the segment's idempotent batches.</summary>
    internal int FirstIdempotent { get; init; }

    /// <summary>How many of the batches have a producer id.</summary>
    public required int IdempotentCount { get; init; }
}

/// <summary>A batch with a producer id: what rebuilding producers' sequences needs, without reading the batches.</summary>
/// <param name="Position">Of its first byte, from the object's start.</param>
/// <param name="OffsetCount">Offsets it takes, and sequences.</param>
public readonly record struct IdempotentBatch(
    long Position, int OffsetCount, long ProducerId, short ProducerEpoch, int BaseSequence, bool IsTransactional);
