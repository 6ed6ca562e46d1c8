using DisklessKafka.Agent.Memory;
using System.Buffers;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Write;

/// <summary>
/// The open segment: batches in the order they arrived, copied once, from the connection's memory into pinned blocks.
/// Not thread-safe; its owner serialises appends.
/// </summary>
internal sealed class SegmentBuffer(SegmentBlockPool pool)
{
    private readonly List<byte[]> _blocks = [];
    private readonly List<BufferedBatch> _batches = [];
    private long _sizeBytes;

    public long SizeBytes => _sizeBytes;

    public bool IsEmpty => _batches.Count == 0;

    public void Append(PartitionKey partition, in BatchHeader header, in ReadOnlySequence<byte> bytes, IBatchWaiter waiter, int slot, bool joinsTransaction)
    {
        _batches.Add(new BufferedBatch(partition, _sizeBytes, header, waiter, slot, joinsTransaction));
        foreach (var piece in bytes) Copy(piece.Span);
    }

    /// <summary>Hands blocks and batches over; the buffer must not be used afterwards.</summary>
    public (IReadOnlyList<byte[]> Blocks, List<BufferedBatch> Batches) Detach() => (_blocks, _batches);

    private void Copy(ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            var used = (int)(_sizeBytes % pool.BlockBytes);
            if (used == 0) _blocks.Add(pool.Rent());
            var room = _blocks[^1].AsSpan(used);
            var count = Math.Min(room.Length, source.Length);
            source[..count].CopyTo(room);
            source = source[count..];
            _sizeBytes += count;
        }
    }
}
