namespace DisklessKafka.Metadata.State;

/// <summary>A segment object: the session that wrote it, by ordinal, and its number within that session.</summary>
public readonly record struct SegmentRef(int Session, long Sequence) : IComparable<SegmentRef>
{
    public int CompareTo(SegmentRef other) =>
        Session != other.Session ? Session.CompareTo(other.Session) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(SegmentRef left, SegmentRef right) => left.CompareTo(right) < 0;
    public static bool operator >(SegmentRef left, SegmentRef right) => left.CompareTo(right) > 0;
    public static bool operator <=(SegmentRef left, SegmentRef right) => left.CompareTo(right) <= 0;
    public static bool operator >=(SegmentRef left, SegmentRef right) => left.CompareTo(right) >= 0;
}
