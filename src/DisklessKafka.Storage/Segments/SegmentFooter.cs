using System.Buffers.Binary;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Storage.Segments;

/// <summary>
/// The last 64 bytes of a segment: whose it is, and where and what the index is. It ends in the magic and lies at a fixed
/// distance from the object's end, so that one ranged read finds everything.
/// </summary>
/// <param name="IndexPosition">Where the extents end and the index begins, from the object's start.</param>
internal readonly record struct SegmentFooter(SegmentId Id, long IndexPosition, int IndexBytes, int ExtentCount, uint IndexCrc)
{
    public const int SizeBytes = 64;

    private const int SequencePosition = 16, IndexPositionPosition = 24, IndexBytesPosition = 32, ExtentCountPosition = 36;
    private const int IndexCrcPosition = 40, VersionPosition = 44, ReservedPosition = 46, CrcPosition = 52, MagicPosition = 56;

    public void Write(Span<byte> footer)
    {
        footer[..SizeBytes].Clear();
        Id.Session.TryWriteBytes(footer, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(footer[SequencePosition..], Id.Sequence);
        BinaryPrimitives.WriteInt64BigEndian(footer[IndexPositionPosition..], IndexPosition);
        BinaryPrimitives.WriteInt32BigEndian(footer[IndexBytesPosition..], IndexBytes);
        BinaryPrimitives.WriteInt32BigEndian(footer[ExtentCountPosition..], ExtentCount);
        BinaryPrimitives.WriteUInt32BigEndian(footer[IndexCrcPosition..], IndexCrc);
        BinaryPrimitives.WriteUInt16BigEndian(footer[VersionPosition..], SegmentFormat.Version);
        BinaryPrimitives.WriteUInt32BigEndian(footer[CrcPosition..], Crc32C.Compute(footer[..CrcPosition]));
        SegmentFormat.Magic.CopyTo(footer[MagicPosition..]);
    }

    /// <param name="footer">The object's last 64 bytes.</param>
    /// <param name="objectBytes">The whole object's size, into which everything must fit exactly.</param>
    /// <exception cref="SegmentFormatException">They are no footer, or not this object's.</exception>
    public static SegmentFooter Read(ReadOnlySpan<byte> footer, long objectBytes)
    {
        if (footer.Length != SizeBytes || !footer[MagicPosition..].SequenceEqual(SegmentFormat.Magic))
            throw new SegmentFormatException("the object does not end like a segment: it is cut off, or something else");
        if (BinaryPrimitives.ReadUInt32BigEndian(footer[CrcPosition..]) != Crc32C.Compute(footer[..CrcPosition]))
            throw new SegmentFormatException("the segment's footer is damaged");
        SegmentFormat.CheckVersion(BinaryPrimitives.ReadUInt16BigEndian(footer[VersionPosition..]));
        var read = new SegmentFooter(
            new SegmentId(new Guid(footer[..SequencePosition], bigEndian: true), BinaryPrimitives.ReadInt64BigEndian(footer[SequencePosition..])),
            BinaryPrimitives.ReadInt64BigEndian(footer[IndexPositionPosition..]),
            BinaryPrimitives.ReadInt32BigEndian(footer[IndexBytesPosition..]),
            BinaryPrimitives.ReadInt32BigEndian(footer[ExtentCountPosition..]),
            BinaryPrimitives.ReadUInt32BigEndian(footer[IndexCrcPosition..]));
        var isPossible = read is { IndexPosition: >= SegmentFormat.HeaderBytes, IndexBytes: >= 0, ExtentCount: >= 0 }
            && read.IndexPosition == objectBytes - SizeBytes - read.IndexBytes
            && !footer[ReservedPosition..CrcPosition].ContainsAnyExcept((byte)0);
        return isPossible ? read : throw new SegmentFormatException($"the segment's footer does not fit an object of {objectBytes} bytes");
    }
}
