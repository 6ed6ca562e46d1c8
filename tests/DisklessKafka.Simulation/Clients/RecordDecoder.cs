using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>Takes a fetch's bytes apart as a client that checks CRCs does.</summary>
internal static class RecordDecoder
{
    /// <summary>The records at and behind the position, and the position behind them.</summary>
    /// <returns>False if a batch is damaged: nothing of the answer may be used.</returns>
    public static bool TryDecode(ReadOnlySequence<byte> bytes, long position, List<SeenRecord> records, out long next)
    {
        next = position;
        while (bytes.Length >= BatchHeader.HeaderBytes)
        {
            if (!BatchHeader.TryRead(bytes, out var header) || header.SizeBytes < BatchHeader.HeaderBytes || header.Magic != BatchHeader.CurrentMagic) return false;
            if (header.SizeBytes > bytes.Length) break; // the rest comes with another fetch
            var batch = bytes.Slice(0, header.SizeBytes);
            if (Crc32C.Compute(batch.Slice(BatchHeader.CrcCoversFrom)) != header.Crc) return false;
            if (!header.IsControl) Decode(batch, position, records);
            next = Math.Max(next, header.LastOffset + 1);
            bytes = bytes.Slice(header.SizeBytes);
        }

        return true;
    }

    private static void Decode(in ReadOnlySequence<byte> batch, long position, List<SeenRecord> records)
    {
        using var reader = new RecordReader(batch);
        while (reader.MoveNext())
            if (reader.Current.Offset >= position)
                records.Add(new SeenRecord(reader.Current.Offset, BinaryPrimitives.ReadInt64BigEndian(reader.Current.Value)));
    }
}
