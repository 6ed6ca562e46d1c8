using System.Buffers.Binary;

namespace DisklessKafka.Storage.Segments;

/// <summary>
/// The fixed parts of a segment, of which docs/reference/segment-format.md has the tables:
/// header, extents back to back, index, footer.
/// </summary>
public static class SegmentFormat
{
    /// <summary>Raised when older readers would misread; they then refuse.</summary>
    public const ushort Version = 1;

    public const int HeaderBytes = 16;

    /// <summary>The first bytes of every segment; extents follow. The same for all, so that writers need no memory for it.</summary>
    public static ReadOnlyMemory<byte> Header { get; } = BuildHeader();

    internal static ReadOnlySpan<byte> Magic => "DKSEGMNT"u8;

    /// <exception cref="SegmentFormatException">These are not a segment's first bytes.</exception>
    internal static void CheckHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderBytes || !header.StartsWith(Magic)) throw new SegmentFormatException("the object does not begin like a segment");
        CheckVersion(BinaryPrimitives.ReadUInt16BigEndian(header[Magic.Length..]));
        if (header[(Magic.Length + sizeof(ushort))..HeaderBytes].ContainsAnyExcept((byte)0)) throw new SegmentFormatException("the segment's header is damaged");
    }

    internal static void CheckVersion(ushort version)
    {
        if (version != Version) throw new SegmentFormatException($"the segment has format {version}; this version of the program reads format {Version}");
    }

    private static byte[] BuildHeader()
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(Magic.Length), Version);
        return header;
    }
}
