using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Metadata.Snapshots;

/// <summary>What a frame holds. Numbers are never reused.</summary>
internal enum FrameKind : byte
{
    Header = 1,
    Sessions = 2,
    Topics = 3,
    Configs = 4,
    Segments = 5,
    Extents = 6,
    Producers = 7,
    End = 8,
    Groups = 9,
    Offsets = 10,
    Transactions = 11,
    Markers = 12,
}

/// <summary>
/// The object of a snapshot: the magic, then frames of kind (1 byte), length of the message (4, big-endian), the message,
/// and the CRC-32C of all that (4, big-endian).
/// </summary>
internal static class SnapshotFrames
{
    public const int HeadBytes = 5;
    public const int ChecksumBytes = 4;
    public const short MessageVersion = 0;

    /// <summary>The last byte is the version of this framing.</summary>
    public static ReadOnlySpan<byte> Magic => "DKSNAP\0\u0001"u8;

    public static ReadOnlyMemory<byte> Encode(FrameKind kind, IMessage message)
    {
        var counter = WireWriter.Counting();
        message.Write(ref counter, MessageVersion);
        var length = (int)counter.BytesWritten;
        var buffer = new ArrayBufferWriter<byte>(HeadBytes + length + ChecksumBytes);
        var writer = new WireWriter(buffer);
        writer.WriteByte((byte)kind);
        writer.WriteInt32(length);
        message.Write(ref writer, MessageVersion);
        writer.Flush();
        BinaryPrimitives.WriteUInt32BigEndian(buffer.GetSpan(ChecksumBytes), Crc32C.Compute(buffer.WrittenSpan));
        buffer.Advance(ChecksumBytes);
        return buffer.WrittenMemory;
    }
}
