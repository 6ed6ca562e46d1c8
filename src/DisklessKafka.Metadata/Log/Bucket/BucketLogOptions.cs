namespace DisklessKafka.Metadata.Log.Bucket;

public sealed record BucketLogOptions
{
    /// <summary>
    /// How long trimmed entries stay in the bucket. Must be longer than any single call to the store can take; agents look
    /// up the trim point every half of it.
    /// </summary>
    public TimeSpan TrimGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often a reader at the end makes sure that the entry under its cursor is still there, and after how long a writer
    /// looks at the entry that it is about to append behind: one small read each time.
    /// </summary>
    public TimeSpan CursorCheckInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads under way at once while catching up.</summary>
    public int ReadAhead { get; init; } = 16;
}
