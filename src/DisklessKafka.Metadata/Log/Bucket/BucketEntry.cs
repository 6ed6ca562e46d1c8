using System.Buffers.Binary;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Metadata.Log.Bucket;

/// <summary>
/// The head of an entry's object, 64 bytes, all integers big-endian; the payload follows and ends the object:
/// magic "DKLE" | version 1 | three zero bytes | hash of the entry before | session | sequence | timestamp (Unix
/// milliseconds) | payload length | this entry's hash (chained) | eight zero bytes | CRC32C of these 60 bytes.
/// The chain makes a replaced history show at the first entry read from it.
/// </summary>
internal readonly record struct BucketEntry(uint PreviousHash, Guid Session, long Sequence, long TimestampMs, int PayloadLength, uint Hash)
{
    public const int HeadBytes = 64;
    private const int CheckedBytes = HeadBytes - sizeof(uint);
    private const byte Version = 1;
    private static ReadOnlySpan<byte> Magic => "DKLE"u8;

    public static BucketEntry After(uint previousHash, Guid session, long sequence, long timestampMs, ReadOnlySpan<byte> payload) =>
        new(previousHash, session, sequence, timestampMs, payload.Length, EntryHash.Of(session, sequence, payload, previousHash));

    public byte[] EncodeHead()
    {
        var head = new byte[HeadBytes];
        Magic.CopyTo(head);
        head[4] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(8), PreviousHash);
        Session.TryWriteBytes(head.AsSpan(12), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(28), Sequence);
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(36), TimestampMs);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(44), PayloadLength);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(48), Hash);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(CheckedBytes), Crc32C.Compute(head.AsSpan(0, CheckedBytes)));
        return head;
    }

    /// <param name="key">For messages.</param>
    /// <exception cref="MetadataLogException">It is no entry, a damaged one, or one of a newer version.</exception>
    public static BucketEntry DecodeHead(ReadOnlySpan<byte> head, string key)
    {
        if (head.Length < HeadBytes || !head.StartsWith(Magic)) throw Damaged(key);
        if (head[4] > Version)
            throw new MetadataLogException($"object '{key}' is a metadata entry of version {head[4]}, this software knows up to {Version}: start a newer version", isTransient: false);
        if (Crc32C.Compute(head[..CheckedBytes]) != BinaryPrimitives.ReadUInt32BigEndian(head[CheckedBytes..])) throw Damaged(key);
        return new BucketEntry(
            BinaryPrimitives.ReadUInt32BigEndian(head[8..]),
            new Guid(head.Slice(12, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64BigEndian(head[28..]),
            BinaryPrimitives.ReadInt64BigEndian(head[36..]),
            BinaryPrimitives.ReadInt32BigEndian(head[44..]),
            BinaryPrimitives.ReadUInt32BigEndian(head[48..]));
    }

    public static MetadataLogException Damaged(string key) => new($"object '{key}' is not an undamaged metadata entry", isTransient: false);
}
