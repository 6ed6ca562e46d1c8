using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>Takes a fetch's bytes apart as a client that checks CRCs does.</summary>
internal static class RecordDecoder
{
    /// <summary>The records at and behind the position, and the position behind them.</summary>
    /// <param name="aborted">The transactions whose records are left out, as the fetch named them; null for a reader that sees all.</param>
    /// <returns>False if a batch is damaged: nothing of the answer may be used.</returns>
    public static bool TryDecode(
        ReadOnlySequence<byte> bytes, long position, IReadOnlyList<FetchResponse.AbortedTransaction>? aborted, List<SeenRecord> records, out long next)
    {
        next = position;
        var hidden = new AbortedFilter(aborted ?? []);
        while (TryTake(ref bytes, out var header, out var batch))
        {
            if (!hidden.Hides(header, batch)) Decode(batch, position, records);
            next = Math.Max(next, header.LastOffset + 1);
        }

        return bytes.IsEmpty;
    }

    /// <summary>The next whole batch. When there is none, what is left of the bytes is damaged, or nothing is.</summary>
    public static bool TryTake(ref ReadOnlySequence<byte> bytes, out BatchHeader header, out ReadOnlySequence<byte> batch)
    {
        batch = default;
        header = default;
        if (bytes.Length < BatchHeader.HeaderBytes)
        {
            bytes = default; // the rest comes with another fetch
            return false;
        }

        if (!BatchHeader.TryRead(bytes, out header) || header.SizeBytes < BatchHeader.HeaderBytes || header.Magic != BatchHeader.CurrentMagic) return false;
        if (header.SizeBytes > bytes.Length)
        {
            bytes = default;
            return false;
        }

        batch = bytes.Slice(0, header.SizeBytes);
        if (Crc32C.Compute(batch.Slice(BatchHeader.CrcCoversFrom)) != header.Crc) return false;
        bytes = bytes.Slice(header.SizeBytes);
        return true;
    }

    /// <summary>Whether a control batch commits its producer's transaction; else it aborts it.</summary>
    public static bool IsCommit(in ReadOnlySequence<byte> controlBatch)
    {
        using var reader = new RecordReader(controlBatch);
        return reader.MoveNext() && BinaryPrimitives.ReadInt16BigEndian(reader.Current.Key[2..]) == 1;
    }

    public static void Decode(in ReadOnlySequence<byte> batch, long position, List<SeenRecord> records)
    {
        using var reader = new RecordReader(batch);
        while (reader.MoveNext())
            if (reader.Current.Offset >= position)
                records.Add(new SeenRecord(reader.Current.Offset, BinaryPrimitives.ReadInt64BigEndian(reader.Current.Value)));
    }

    /// <summary>Which batches of a fetch, in their order, a reader does not hand on.</summary>
    private struct AbortedFilter(IReadOnlyList<FetchResponse.AbortedTransaction> aborted)
    {
        private readonly HashSet<long> _producers = []; // in whose aborted transactions the reader is
        private int _next;

        public bool Hides(in BatchHeader header, in ReadOnlySequence<byte> batch)
        {
            for (; _next < aborted.Count && aborted[_next].FirstOffset <= header.LastOffset; _next++) _producers.Add(aborted[_next].ProducerId.Value);
            if (!header.IsControl) return header.IsTransactional && _producers.Contains(header.ProducerId);
            if (!IsCommit(batch)) _producers.Remove(header.ProducerId);
            return true;
        }
    }
}
