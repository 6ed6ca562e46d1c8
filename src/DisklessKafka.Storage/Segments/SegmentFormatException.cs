namespace DisklessKafka.Storage.Segments;

/// <summary>An object is not a segment that this version can read: damaged, cut off, of another format, or not a segment at all.</summary>
public sealed class SegmentFormatException : Exception
{
    public SegmentFormatException(string message) : base(message)
    {
    }

    public SegmentFormatException(string message, Exception inner) : base(message, inner)
    {
    }
}
