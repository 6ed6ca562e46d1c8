using System.Buffers;
using System.Buffers.Binary;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// The framing that snappy-java puts around blocks, and with it Kafka's Java clients: a magic, two versions,
/// then blocks of up to 32 KiB of content, each behind its length.
/// </summary>
internal static class SnappyFraming
{
    public const int HeaderBytes = 16;

    private const int BlockContentBytes = 32 << 10;

    /// <summary>The first byte cannot begin a bare block of any size that a batch has.</summary>
    public static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        var header = destination.GetSpan(HeaderBytes);
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], 1);  // version
        BinaryPrimitives.WriteInt32BigEndian(header[12..], 1); // oldest version that can read it
        destination.Advance(HeaderBytes);
        while (!source.IsEmpty)
        {
            var content = source[..Math.Min(source.Length, BlockContentBytes)];
            var target = destination.GetSpan(sizeof(int) + SnappyBlock.MaxEncodedBytes(content.Length));
            var blockBytes = SnappyBlock.Encode(content, target[sizeof(int)..]);
            BinaryPrimitives.WriteInt32BigEndian(target, blockBytes);
            destination.Advance(sizeof(int) + blockBytes);
            source = source[content.Length..];
        }
    }
}
