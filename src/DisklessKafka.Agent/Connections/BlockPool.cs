using System.Buffers;
using System.Collections.Concurrent;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// The memory under the socket pipes: pinned blocks, large ones while at most <c>largeBudgetBytes</c> of them are out,
/// 4 KiB ones beyond. Large blocks make a receive call move up to 256 KiB; the fall-back keeps thousands of connections
/// that hold a few bytes each from holding a large block each. Blocks that a whole trim interval did not need are let go.
/// </summary>
public sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>What a pipe asks for when it takes its pool's default, and the unit past the budget.</summary>
    public const int SmallBlockBytes = 4096;

    private readonly Shelf _large;
    private readonly Shelf _small;
    private volatile bool _disposed;

    public BlockPool(int blockBytes, long largeBudgetBytes)
    {
        _large = new Shelf(this, blockBytes, Math.Max(1, largeBudgetBytes / blockBytes));
        _small = new Shelf(this, SmallBlockBytes, long.MaxValue);
    }

    /// <summary>A pipe that needs more than this in one piece asks the array pool instead.</summary>
    public override int MaxBufferSize => _large.BlockBytes;

    /// <summary>Bytes in blocks that are rented now.</summary>
    public long RentedBytes => _large.RentedBytes + _small.RentedBytes;

    /// <summary>Bytes in blocks that are kept for the next renter.</summary>
    public long IdleBytes => _large.IdleBytes + _small.IdleBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        return _large.TryRent() ?? (minBufferSize <= SmallBlockBytes ? _small.TryRent()! : Block.Unpooled(minBufferSize));
    }

    /// <summary>Lets go of the blocks that lay idle since the last call throughout. Called at a steady interval.</summary>
    public void Trim()
    {
        _large.Trim();
        _small.Trim();
    }

    /// <summary>Drops the idle blocks; blocks still out are dropped when they come back.</summary>
    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        _large.Clear();
        _small.Clear();
    }

    private sealed class Shelf(BlockPool pool, int blockBytes, long maxRented)
    {
        private readonly ConcurrentStack<Block> _idle = new();
        private long _rented;
        private int _leastIdle;

        public int BlockBytes => blockBytes;
        public long RentedBytes => Interlocked.Read(ref _rented) * blockBytes;
        public long IdleBytes => (long)_idle.Count * blockBytes;

        public Block? TryRent()
        {
            if (Interlocked.Increment(ref _rented) > maxRented)
            {
                Interlocked.Decrement(ref _rented);
                return null;
            }

            if (!_idle.TryPop(out var block)) block = new Block(this, blockBytes);
            var left = _idle.Count;
            if (left < Volatile.Read(ref _leastIdle)) Volatile.Write(ref _leastIdle, left);
            block.Lend();
            return block;
        }

        public void Return(Block block)
        {
            Interlocked.Decrement(ref _rented);
            if (!pool._disposed) _idle.Push(block);
        }

        public void Trim()
        {
            // A race with TryRent only makes the figure stale by a block or two: it says how many to drop, not which.
            for (var unused = Volatile.Read(ref _leastIdle); unused > 0 && _idle.TryPop(out _); unused--) { }
            Volatile.Write(ref _leastIdle, _idle.Count);
        }

        public void Clear() => _idle.Clear();
    }

    /// <summary>Pinned for life, so that the socket layer need not pin it for every call.</summary>
    private sealed class Block(Shelf? shelf, int bytes) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        private int _lent;

        public static Block Unpooled(int bytes)
        {
            var block = new Block(null, bytes);
            block.Lend();
            return block;
        }

        public void Lend() => _lent = 1;

        public override Span<byte> GetSpan() => _bytes;

        public override unsafe MemoryHandle Pin(int elementIndex = 0) =>
            new((byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _bytes[elementIndex]));

        public override void Unpin()
        {
        }

        protected override bool TryGetArray(out ArraySegment<byte> segment)
        {
            segment = new ArraySegment<byte>(_bytes);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _lent, 0) == 0) throw new InvalidOperationException("a block was returned twice");
            shelf?.Return(this);
        }
    }
}
