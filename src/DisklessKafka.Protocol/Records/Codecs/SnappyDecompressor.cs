using System.Buffers;
using System.Buffers.Binary;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// Snappy, bare or in Java's framing. A block is decoded whole, for its copies may reach back to its start;
/// a block cannot expand more than 22-fold, and both buffers come from the shared pool.
/// </summary>
internal sealed class SnappyDecompressor : Decompressor
{
    private ReadOnlySequence<byte> input;
    private byte[]? gathered;
    private byte[]? content;
    private bool isFramed;

    public override CompressionCodec Codec => CompressionCodec.Snappy;

    protected override void Begin(in ReadOnlySequence<byte> input)
    {
        this.input = input;
        Span<byte> start = stackalloc byte[SnappyFraming.Magic.Length];
        isFramed = input.Length >= SnappyFraming.HeaderBytes;
        if (!isFramed) return;
        input.Slice(0, start.Length).CopyTo(start);
        isFramed = start.SequenceEqual(SnappyFraming.Magic);
        if (isFramed) this.input = input.Slice(SnappyFraming.HeaderBytes);
    }

    protected override ReadOnlySpan<byte> Produce(long limit)
    {
        while (!input.IsEmpty)
        {
            if (!TryTakeBlock(out var block) || !SnappyBlock.TryReadLength(block, out var length, out var prefixBytes))
            {
                Fail(DecompressionStatus.Corrupt);
                return default;
            }
            if (length > limit)
            {
                Fail(DecompressionStatus.TooLarge);
                return default;
            }
            var decoded = Room(ref content, length).AsSpan(0, length);
            if (!SnappyBlock.TryDecode(block[prefixBytes..], decoded))
            {
                Fail(DecompressionStatus.Corrupt);
                return default;
            }
            if (length > 0) return decoded;
        }
        return default;
    }

    protected override void End()
    {
        input = default;
        if (gathered is not null) ArrayPool<byte>.Shared.Return(gathered);
        if (content is not null) ArrayPool<byte>.Shared.Return(content);
        gathered = content = null;
    }

    private bool TryTakeBlock(out ReadOnlySpan<byte> block)
    {
        block = default;
        var length = input.Length;
        if (isFramed)
        {
            if (length < sizeof(int)) return false;
            Span<byte> prefix = stackalloc byte[sizeof(int)];
            input.Slice(0, sizeof(int)).CopyTo(prefix);
            input = input.Slice(sizeof(int));
            length = BinaryPrimitives.ReadInt32BigEndian(prefix);
            if (length <= 0 || length > input.Length) return false;
        }
        var bytes = input.Slice(0, length);
        input = input.Slice(bytes.End);
        if (bytes.IsSingleSegment)
        {
            block = bytes.FirstSpan;
            return true;
        }
        var copy = Room(ref gathered, (int)length).AsSpan(0, (int)length);
        bytes.CopyTo(copy);
        block = copy;
        return true;
    }

    private static byte[] Room(ref byte[]? buffer, int bytes)
    {
        if (buffer?.Length >= bytes) return buffer;
        if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
        return buffer = ArrayPool<byte>.Shared.Rent(bytes);
    }
}
