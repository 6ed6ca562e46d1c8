namespace DisklessKafka.Agent.Memory;

/// <summary>
/// Pinned blocks that segment bytes are gathered in: the socket, the file and the cache all work on the same memory.
/// Blocks in use are bounded by whoever rents them (the write budget and the cache budget); blocks kept idle are
/// bounded here, and what comes back beyond that is left to the collector.
/// </summary>
public sealed class SegmentBlockPool(int blockBytes, int maxIdleBlocks)
{
    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _idle = new();
    private int _rented;

    /// <summary>Bytes in one block.</summary>
    public int BlockBytes { get; } = blockBytes;

    /// <summary>Blocks that have been rented and not yet returned.</summary>
    public int Rented => Volatile.Read(ref _rented);

    public byte[] Rent()
    {
        Interlocked.Increment(ref _rented);
        lock (_gate)
        {
            if (_idle.TryPop(out var block)) return block;
        }

        return GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
    }

    public void Return(byte[] block)
    {
        if (block.Length != BlockBytes) throw new ArgumentException("not a block of this pool", nameof(block));
        if (Interlocked.Decrement(ref _rented) < 0) throw new InvalidOperationException("a block was returned twice");
        lock (_gate)
        {
            if (_idle.Count < maxIdleBlocks) _idle.Push(block);
        }
    }
}
