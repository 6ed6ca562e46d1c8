using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>
/// Writes large files past the kernel's page cache. Who writes segments keeps them in a cache of his own, and pages that are filled,
/// written out and dropped again cost twice the processor time of the one copy that is made here. Decision 0019.
/// </summary>
/// <param name="alignmentBytes">
/// Position, length and memory of a direct write are multiples of this. No disk's blocks are larger than 4 KiB; where one were,
/// or a file system refuses for reasons of its own, the first write finds out and everything goes through the page cache from then on.
/// </param>
internal sealed class DirectWriter(int alignmentBytes = 4096) : IDisposable
{
    private const int Einval = 22;

    private readonly AlignedBuffers _buffers = new();
    private volatile bool _isRefused;

    /// <summary>Writes the file from its beginning, as far as whole blocks go.</summary>
    /// <returns>Bytes written; the rest, which may be all, is to be written as usual: the handle is an ordinary one again.</returns>
    /// <exception cref="IOException">The disk is full, or broken.</exception>
    public long WriteBlocks(SafeFileHandle file, in ReadOnlySequence<byte> content)
    {
        if (_isRefused || !Libc.TrySetDirect(file, isDirect: true)) return 0;
        try
        {
            var blocks = content.Slice(0, content.Length - content.Length % alignmentBytes);
            Write(file, blocks);
            return blocks.Length;
        }
        catch (IOException refusal) when (refusal.HResult == Einval)
        {
            _isRefused = true;
            return 0;  // what may have been written before is written again
        }
        finally
        {
            Libc.TrySetDirect(file, isDirect: false);
        }
    }

    public void Dispose() => _buffers.Dispose();

    private void Write(SafeFileHandle file, ReadOnlySequence<byte> blocks)
    {
        using var buffer = _buffers.Rent();
        for (long position = 0; !blocks.IsEmpty;)
        {
            var next = blocks.Slice(0, Math.Min(blocks.Length, AlignedBuffers.BufferBytes));
            next.CopyTo(buffer.Span);
            RandomAccess.Write(file, buffer.Span[..(int)next.Length], position);
            position += next.Length;
            blocks = blocks.Slice(next.Length);
        }
    }
}
