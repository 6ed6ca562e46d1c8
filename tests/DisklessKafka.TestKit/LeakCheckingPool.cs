using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;

namespace DisklessKafka.TestKit;

/// <summary>
/// A memory pool that finds its users' mistakes: a block never returned, returned twice, read or written after its
/// return. Returned blocks are filled with a pattern and kept out of use for a while, so that a late reader gets rubbish
/// and a late writer is caught.
/// </summary>
public sealed class LeakCheckingPool(int blockBytes = 4096) : MemoryPool<byte>
{
    private const byte Poison = 0xDB;
    private const int MaxQuarantined = 256;

    private readonly ConcurrentDictionary<Block, StackTrace> _rented = new();
    private readonly ConcurrentQueue<Block> _quarantine = new();
    private readonly ConcurrentQueue<string> _mistakes = new();
    private long _rentedEver;

    public override int MaxBufferSize => Math.Max(blockBytes, 4096);

    /// <summary>Blocks handed out so far: a test of leaks means nothing while this is 0.</summary>
    public long RentedEver => Interlocked.Read(ref _rentedEver);

    /// <summary>Blocks that are out.</summary>
    public int Rented => _rented.Count;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        var block = new Block(this, Math.Max(blockBytes, minBufferSize));
        Interlocked.Increment(ref _rentedEver);
        _rented[block] = new StackTrace(1, fNeedFileInfo: false);
        return block;
    }

    /// <summary>Throws if anything went wrong or a block is still out.</summary>
    public void AssertClean()
    {
        while (_quarantine.TryDequeue(out var block)) Inspect(block);
        if (_mistakes.TryDequeue(out var mistake)) throw new InvalidOperationException(mistake);
        if (_rented.FirstOrDefault() is { Key: not null } leak) throw new InvalidOperationException($"{Rented} blocks were never returned; one was rented{Environment.NewLine}{leak.Value}");
    }

    /// <summary>The transport disposes it while closing; blocks may still come back after.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        if (!_rented.TryRemove(block, out _))
        {
            _mistakes.Enqueue($"a block was returned twice, the second time{Environment.NewLine}{new StackTrace(2, fNeedFileInfo: false)}");
            return;
        }

        block.Bytes.AsSpan().Fill(Poison);
        _quarantine.Enqueue(block);
        if (_quarantine.Count > MaxQuarantined && _quarantine.TryDequeue(out var oldest)) Inspect(oldest);
    }

    private void Inspect(Block block)
    {
        if (block.Bytes.AsSpan().ContainsAnyExcept(Poison)) _mistakes.Enqueue("a block was written to after its return");
    }

    private sealed class Block(LeakCheckingPool pool, int bytes) : IMemoryOwner<byte>
    {
        public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

        public Memory<byte> Memory => Bytes;

        public void Dispose() => pool.Return(this);
    }
}
