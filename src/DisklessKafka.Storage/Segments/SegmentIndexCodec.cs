using System.Buffers;
using DisklessKafka.Protocol;

namespace DisklessKafka.Storage.Segments;

/// <summary>
/// The index's bytes. Positions are not written: extents lie back to back, so they follow from the lengths, and an index
/// cannot name bytes twice or leave bytes out.
/// </summary>
internal static class SegmentIndexCodec
{
    private const byte TransactionalFlag = 1;

    // The least that each takes on the wire, so that a count can be refused before memory is taken for it.
    private const int MinRunBytes = 16 + 1 + MinExtentBytes, MinExtentBytes = 7, MinIdempotentBytes = 6;

    public static void Write(IBufferWriter<byte> destination, ReadOnlySpan<SegmentExtent> extents, ReadOnlySpan<IdempotentBatch> idempotent)
    {
        var writer = new WireWriter(destination);
        writer.WriteUnsignedVarint((uint)CountRuns(extents));
        while (!extents.IsEmpty)
        {
            var run = extents[..RunLength(extents)];
            writer.WriteTopicId(run[0].Topic);
            writer.WriteUnsignedVarint((uint)run.Length);
            foreach (var extent in run) WriteExtent(ref writer, extent, idempotent.Slice(extent.FirstIdempotent, extent.IdempotentCount));
            extents = extents[run.Length..];
        }
        writer.Flush();
    }

    /// <exception cref="WireFormatException">The bytes are not an index.</exception>
    public static (SegmentExtent[] Extents, IdempotentBatch[] Idempotent) Read(ReadOnlySequence<byte> index, int extentCount, long indexPosition)
    {
        var reader = new WireReader(index);
        if (extentCount > index.Length / MinExtentBytes) throw new WireFormatException($"{extentCount} extents cannot be in {index.Length} bytes");
        var extents = new List<SegmentExtent>(extentCount);
        var idempotent = new List<IdempotentBatch>();
        var position = (long)SegmentFormat.HeaderBytes;
        for (var runs = ReadCount(ref reader, MinRunBytes); runs > 0; runs--)
        {
            var topic = reader.ReadTopicId();
            var count = ReadCount(ref reader, MinExtentBytes);
            if (count == 0) throw new WireFormatException("a topic without extents");
            for (; count > 0; count--)
            {
                extents.Add(ReadExtent(ref reader, topic, position, indexPosition - position, idempotent));
                position += extents[^1].LengthBytes;
            }
        }
        if (extents.Count != extentCount) throw new WireFormatException($"{extents.Count} extents instead of {extentCount}");
        if (position != indexPosition) throw new WireFormatException($"the extents end at {position}, the index begins at {indexPosition}");
        if (reader.Remaining != 0) throw new WireFormatException($"{reader.Remaining} bytes follow the last extent");
        return ([.. extents], [.. idempotent]);
    }

    private static void WriteExtent(ref WireWriter writer, in SegmentExtent extent, ReadOnlySpan<IdempotentBatch> idempotent)
    {
        writer.WriteUnsignedVarint((uint)extent.Partition);
        writer.WriteUnsignedVarlong((ulong)extent.LengthBytes);
        writer.WriteUnsignedVarlong((ulong)extent.OffsetCount);
        writer.WriteUnsignedVarint((uint)extent.BatchCount);
        writer.WriteVarlong(extent.MinTimestampMs);
        writer.WriteVarlong(extent.MaxTimestampMs);
        writer.WriteUnsignedVarint((uint)extent.IdempotentCount);
        var position = extent.Position;
        foreach (var batch in idempotent)
        {
            writer.WriteUnsignedVarlong((ulong)(batch.Position - position));
            writer.WriteUnsignedVarint((uint)batch.OffsetCount);
            writer.WriteUnsignedVarlong((ulong)batch.ProducerId);
            writer.WriteUnsignedVarint((uint)batch.ProducerEpoch);
            writer.WriteUnsignedVarint((uint)batch.BaseSequence);
            writer.WriteByte(batch.IsTransactional ? TransactionalFlag : (byte)0);
            position = batch.Position;
        }
    }

    private static SegmentExtent ReadExtent(ref WireReader reader, TopicId topic, long position, long bytesLeft, List<IdempotentBatch> idempotent)
    {
        var extent = new SegmentExtent
        {
            Topic = topic,
            Partition = ReadInt(ref reader),
            Position = position,
            LengthBytes = ReadLong(ref reader, bytesLeft),
            OffsetCount = ReadLong(ref reader, long.MaxValue),
            BatchCount = ReadInt(ref reader),
            MinTimestampMs = reader.ReadVarlong(),
            MaxTimestampMs = reader.ReadVarlong(),
            FirstIdempotent = idempotent.Count,
            IdempotentCount = ReadCount(ref reader, MinIdempotentBytes),
        };
        if (extent.BatchCount == 0 || extent.LengthBytes == 0 || extent.IdempotentCount > extent.BatchCount)
            throw new WireFormatException($"an extent of {extent.LengthBytes} bytes cannot hold {extent.BatchCount} batches, {extent.IdempotentCount} of them idempotent");
        for (var i = 0; i < extent.IdempotentCount; i++)
        {
            position += ReadLong(ref reader, extent.Position + extent.LengthBytes - position);
            idempotent.Add(ReadIdempotent(ref reader, position));
        }
        return extent;
    }

    private static IdempotentBatch ReadIdempotent(ref WireReader reader, long position)
    {
        var offsetCount = ReadInt(ref reader);
        var producerId = ReadLong(ref reader, long.MaxValue);
        var epoch = reader.ReadUnsignedVarint();
        var sequence = ReadInt(ref reader);
        var flags = reader.ReadByte();
        if (epoch > (uint)short.MaxValue || flags > TransactionalFlag) throw new WireFormatException($"no batch has epoch {epoch} and flags {flags}");
        return new IdempotentBatch(position, offsetCount, producerId, (short)epoch, sequence, flags == TransactionalFlag);
    }

    private static int ReadCount(ref WireReader reader, int elementBytes)
    {
        var count = reader.ReadUnsignedVarint();
        return count <= reader.Remaining / elementBytes ? (int)count : throw new WireFormatException($"{count} elements cannot be in {reader.Remaining} bytes");
    }

    private static int ReadInt(ref WireReader reader)
    {
        var value = reader.ReadUnsignedVarint();
        return value <= int.MaxValue ? (int)value : throw new WireFormatException($"{value} is beyond 2^31-1");
    }

    private static long ReadLong(ref WireReader reader, long limit)
    {
        var value = reader.ReadUnsignedVarlong();
        return value <= (ulong)limit ? (long)value : throw new WireFormatException($"{value} is beyond {limit}");
    }

    private static int CountRuns(ReadOnlySpan<SegmentExtent> extents)
    {
        var runs = 0;
        for (; !extents.IsEmpty; runs++) extents = extents[RunLength(extents)..];
        return runs;
    }

    // How many extents at the start are of one topic.
    private static int RunLength(ReadOnlySpan<SegmentExtent> extents)
    {
        var length = 1;
        while (length < extents.Length && extents[length].Topic == extents[0].Topic) length++;
        return length;
    }
}
