using System.Buffers;
using DisklessKafka.Agent.Memory;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Segments;

namespace DisklessKafka.Agent.Write;

/// <summary>
/// Turns the open segment into an object: batches ordered by partition, so that each partition is one extent, in their
/// order of arrival within it. Payload stays where it was copied to; only the order of the pieces changes.
/// </summary>
internal static class SegmentSealer
{
    public static SealedSegment Seal(SegmentBuffer buffer, long number, ISegmentSession session, SegmentBlockPool pool)
    {
        var (blocks, batches) = buffer.Detach();
        batches.Sort(static (a, b) => Compare(a, b));
        var name = session.NextSegment();
        var index = new SegmentIndexBuilder(name.Id);
        var commit = new CommitBuilder(name.Id.Sequence);
        var tickets = new SealedSegment.Ticket[batches.Count];
        var pieces = new PieceList(blocks, pool.BlockBytes);
        pieces.Add(SegmentFormat.Header);
        for (var i = 0; i < batches.Count; i++)
        {
            var batch = batches[i];
            if (i == 0 || batches[i - 1].Partition != batch.Partition)
                commit.BeginPiece(batch.Partition.TopicOrdinal, batch.Partition.Index, (int)index.Position);
            tickets[i] = new SealedSegment.Ticket(AddTo(commit, batch), batch.Waiter, batch.Slot);
            pieces.AddBuffered(batch.BufferPosition, batch.LengthBytes);
            index.Add(batch.Partition.TopicId, batch.Partition.Index, batch.Header);
        }

        var tail = new ArrayBufferWriter<byte>(1024);
        index.WriteTo(tail);
        pieces.Add(tail.WrittenMemory);
        var bytes = pieces.ToSegmentBytes(pool);
        return new SealedSegment(session, number, name, bytes, buffer.SizeBytes, commit.Build((int)bytes.Length), batches, tickets);
    }

    private static int Compare(in BufferedBatch a, in BufferedBatch b)
    {
        var order = a.Partition.TopicOrdinal.CompareTo(b.Partition.TopicOrdinal);
        if (order == 0) order = a.Partition.Index.CompareTo(b.Partition.Index);
        return order != 0 ? order : a.BufferPosition.CompareTo(b.BufferPosition);
    }

    private static BatchSlot AddTo(CommitBuilder commit, in BufferedBatch batch)
    {
        var header = batch.Header;
        return header.HasProducerId
            ? commit.Add(header.SizeBytes, header.LastOffsetDelta + 1, header.MaxTimestamp, header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.IsTransactional, batch.JoinsTransaction)
            : commit.Add(header.SizeBytes, header.LastOffsetDelta + 1, header.MaxTimestamp);
    }

    /// <summary>The object's bytes as slices of the buffer's blocks, neighbours joined.</summary>
    private sealed class PieceList(IReadOnlyList<byte[]> blocks, int blockBytes)
    {
        private readonly List<ReadOnlyMemory<byte>> _pieces = [];
        private long _joinsAt = -1; // the buffer position at which the last piece ends, if it is a slice of the buffer
        private long _length;

        public void Add(ReadOnlyMemory<byte> piece)
        {
            _pieces.Add(piece);
            _length += piece.Length;
            _joinsAt = -1;
        }

        public void AddBuffered(long position, int length)
        {
            _length += length;
            while (length > 0)
            {
                var offset = (int)(position % blockBytes);
                var count = Math.Min(length, blockBytes - offset);
                var block = blocks[(int)(position / blockBytes)];
                if (position == _joinsAt && offset > 0) _pieces[^1] = block.AsMemory(offset - _pieces[^1].Length, _pieces[^1].Length + count);
                else _pieces.Add(block.AsMemory(offset, count));
                position += count;
                length -= count;
                _joinsAt = position;
            }
        }

        /// <summary>Keeps the blocks, unless they are mostly empty: a quiet agent's cache should hold records and not blocks.</summary>
        public SegmentBytes ToSegmentBytes(SegmentBlockPool pool)
        {
            var held = (long)blocks.Count * blockBytes;
            if (_length >= held / 2) return new SegmentBytes(0, _pieces, held, _ => ReturnAll(pool));
            var copy = GC.AllocateUninitializedArray<byte>((int)_length, pinned: true);
            var at = 0;
            foreach (var piece in _pieces)
            {
                piece.Span.CopyTo(copy.AsSpan(at));
                at += piece.Length;
            }

            ReturnAll(pool);
            return new SegmentBytes(0, [copy], copy.Length, free: null);
        }

        private void ReturnAll(SegmentBlockPool pool)
        {
            foreach (var block in blocks) pool.Return(block);
        }
    }
}
