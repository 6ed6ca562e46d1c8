using System.ComponentModel.DataAnnotations;

namespace DisklessKafka.Agent.Write;

/// <summary>The write pipeline's settings.</summary>
public sealed record WriteOptions
{
    /// <summary>A segment is sealed at once when it holds this many bytes. 8 MiB: large enough that PUT requests cost little beside the bytes.</summary>
    [Range(1 << 16, 1 << 26)] public int SegmentBytes { get; init; } = 8 << 20;

    /// <summary>The longest a batch waits in the open segment.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a first write after a quiet interval waits for what arrives together with it.</summary>
    public TimeSpan GatheringDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>PUTs in flight; further segments fill up meanwhile.</summary>
    [Range(1, 256)] public int UploadsInFlight { get; init; } = 4;

    /// <summary>How long a segment's PUT is tried, repeats and hedges included, before its requests fail.</summary>
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Bytes taken in but not yet stored and committed, beyond which connections are not read from.</summary>
    [Range(1 << 20, 1L << 40)] public long BufferBytes { get; init; } = 128 << 20;

    public FlushPolicy Policy => new(SegmentBytes, FlushInterval, GatheringDelay);
}
