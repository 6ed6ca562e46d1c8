using System.Buffers;
using System.Buffers.Binary;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// Snappy, bare or in Java's framing. A block is decoded whole, for its copies may reach back to its start;
/// a block cannot expand more than 22-fold, and both buffers come from the shared pool.
/// </summary>
internal sealed class SnappyDecompressor : Decompressor
{
    private ReadOnlySequence<byte> _input;
    private byte[]? _gathered;
    private byte[]? _content;
    private bool _isFramed;

    public override CompressionCodec Codec => CompressionCodec.Snappy;

    protected override void Begin(in ReadOnlySequence<byte> input)
    {
        _input = input;
        Span<byte> start = stackalloc byte[SnappyFraming.Magic.Length];
        _isFramed = input.Length >= SnappyFraming.HeaderBytes;
        if (!_isFramed) return;
        input.Slice(0, start.Length).CopyTo(start);
        _isFramed = start.SequenceEqual(SnappyFraming.Magic);
        if (_isFramed) _input = input.Slice(SnappyFraming.HeaderBytes);
    }

    protected override ReadOnlySpan<byte> Produce(long limit)
    {
        while (!_input.IsEmpty)
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
            var decoded = Room(ref _content, length).AsSpan(0, length);
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
        _input = default;
        if (_gathered is not null) ArrayPool<byte>.Shared.Return(_gathered);
        if (_content is not null) ArrayPool<byte>.Shared.Return(_content);
        _gathered = _content = null;
    }

    private bool TryTakeBlock(out ReadOnlySpan<byte> block)
    {
        block = default;
        var length = _input.Length;
        if (_isFramed)
        {
            if (length < sizeof(int)) return false;
            Span<byte> prefix = stackalloc byte[sizeof(int)];
            _input.Slice(0, sizeof(int)).CopyTo(prefix);
            _input = _input.Slice(sizeof(int));
            length = BinaryPrimitives.ReadInt32BigEndian(prefix);
            if (length <= 0 || length > _input.Length) return false;
        }
        var bytes = _input.Slice(0, length);
        _input = _input.Slice(bytes.End);
        if (bytes.IsSingleSegment)
        {
            block = bytes.FirstSpan;
            return true;
        }
        var copy = Room(ref _gathered, (int)length).AsSpan(0, (int)length);
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
