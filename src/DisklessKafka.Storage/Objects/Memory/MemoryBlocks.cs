using System.Buffers;

namespace DisklessKafka.Storage.Objects.Memory;

/// <summary>
/// What stored bytes lie in: whole mebibytes in blocks that are used again, the rest in an array of its own. Memory that is
/// new to the process costs more than what is copied into it: the kernel clears it page by page, and the collector walks it.
/// At most 64 MiB lie idle.
/// </summary>
internal sealed class MemoryBlocks
{
    private const int BlockBytes = 1 << 20;
    private const int MaxIdle = 64;

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _idle = new();

    /// <summary>Blocks for so many bytes, with whatever was in them.</summary>
    public byte[][] Take(int length)
    {
        var blocks = new byte[(length + BlockBytes - 1) / BlockBytes][];
        for (var i = 0; i < blocks.Length; i++)
        {
            var rest = length - (i * BlockBytes);
            blocks[i] = rest >= BlockBytes && TryReuse(out var idle) ? idle : GC.AllocateUninitializedArray<byte>(Math.Min(rest, BlockBytes));
        }

        return blocks;
    }

    /// <summary>Nobody may read them any more.</summary>
    public void Return(byte[][] blocks)
    {
        lock (_gate)
        {
            foreach (var block in blocks)
                if (block.Length == BlockBytes && _idle.Count < MaxIdle)
                    _idle.Push(block);
        }
    }

    public static void Fill(byte[][] blocks, in ReadOnlySequence<byte> content)
    {
        var position = 0L;
        foreach (var block in blocks)
        {
            content.Slice(position, block.Length).CopyTo(block);
            position += block.Length;
        }
    }

    /// <returns>How many bytes there were from the position on, at most as many as the destination takes.</returns>
    public static int Read(byte[][] blocks, int length, long position, Span<byte> destination)
    {
        if (position >= length)
            return 0;
        var count = (int)Math.Min(length - position, destination.Length);
        var (index, offset) = ((int)(position / BlockBytes), (int)(position % BlockBytes));
        for (var done = 0; done < count; index++, offset = 0)
        {
            var part = blocks[index].AsSpan(offset);
            part = part[..Math.Min(part.Length, count - done)];
            part.CopyTo(destination[done..]);
            done += part.Length;
        }

        return count;
    }

    private bool TryReuse([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? block)
    {
        lock (_gate)
            return _idle.TryPop(out block);
    }
}
