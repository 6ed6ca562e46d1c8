using System.Runtime.InteropServices;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>
/// Memory that a disk takes as it is: beginning on a boundary, outside the collected heap. As many buffers exist as writes are
/// under way at once; a few are kept for the next.
/// </summary>
internal sealed unsafe class AlignedBuffers : IDisposable
{
    /// <summary>One huge page: few enough bytes to stay in a core's cache for the most part, enough to keep a disk busy.</summary>
    public const int BufferBytes = 2 << 20;

    private const int MaxIdle = 4;  // what the write path has under way at once unless told otherwise

    private readonly Lock _gate = new();
    private readonly Stack<nint> _idle = new();
    private bool _isDisposed;

    /// <summary>To be disposed by its user, who gives the memory back with that.</summary>
    public Lease Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out var buffer)) return new Lease(this, buffer);
        }

        var memory = NativeMemory.AlignedAlloc(BufferBytes, BufferBytes);
        Libc.AskForHugePages(memory, BufferBytes);
        return new Lease(this, (nint)memory);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            while (_idle.TryPop(out var buffer)) NativeMemory.AlignedFree((void*)buffer);
        }
    }

    private void Return(nint buffer)
    {
        lock (_gate)
        {
            if (!_isDisposed && _idle.Count < MaxIdle)
            {
                _idle.Push(buffer);
                return;
            }
        }

        NativeMemory.AlignedFree((void*)buffer);
    }

    public readonly ref struct Lease(AlignedBuffers owner, nint buffer)
    {
        public Span<byte> Span => new((void*)buffer, BufferBytes);

        public void Dispose() => owner.Return(buffer);
    }
}
