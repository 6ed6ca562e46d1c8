using System.Runtime.CompilerServices;

namespace DisklessKafka.Protocol.Records;

/// <summary>What validation needs to know of a record; keys and values are passed over.</summary>
internal struct RecordStructure
{
    public long TimestampDelta;
    public int OffsetDelta;
    public bool IsKeyNull;

    /// <summary>
    /// Walks one record. Every length must fit into the record, and the fields must fill it exactly.
    /// Work is bounded by the bytes there are, whatever the record claims.
    /// </summary>
    /// <returns>False if the record is malformed or the source ends or fails.</returns>
    public static bool TryRead(ref ByteSource source, out RecordStructure record)
    {
        record = default;
        if (!source.TryReadVarint(out var length) || length <= 0) return false;
        return source.TryTake(length, out var body) ? TryReadWhole(body, ref record) : TryReadSplit(ref source, source.Consumed + length, ref record);
    }

    // The usual case by far: the record lies in one piece.
    private static bool TryReadWhole(ReadOnlySpan<byte> body, ref RecordStructure record)
    {
        var at = 1; // behind the record's own attributes: none are defined
        if (!Varint.TryRead(body, ref at, out var timestampDelta)
            || !Varint.TryRead(body, ref at, out var offsetDelta)
            || !TrySkipNullable(body, ref at, out var isRecordKeyNull)
            || !TrySkipNullable(body, ref at, out _)
            || !Varint.TryRead(body, ref at, out var headerCount)
            || headerCount < 0 || (int)offsetDelta != offsetDelta)
            return false;
        record.TimestampDelta = timestampDelta;
        record.OffsetDelta = (int)offsetDelta;
        record.IsKeyNull = isRecordKeyNull;
        for (; headerCount > 0; headerCount--)
        {
            if (!TrySkipNullable(body, ref at, out var isKeyNull) || isKeyNull || !TrySkipNullable(body, ref at, out _)) return false;
        }
        return at == body.Length;
    }

    // The record spans chunks: the same once more, over bytes that come piece by piece.
    private static bool TryReadSplit(ref ByteSource source, long end, ref RecordStructure record)
    {
        if (!source.TrySkip(1)
            || !source.TryReadVarlong(out record.TimestampDelta)
            || !source.TryReadVarint(out record.OffsetDelta)
            || !TrySkipNullable(ref source, end, out record.IsKeyNull)
            || !TrySkipNullable(ref source, end, out _)
            || !source.TryReadVarint(out var headerCount)
            || headerCount < 0)
            return false;
        for (; headerCount > 0 && source.Consumed < end; headerCount--)
        {
            if (!TrySkipNullable(ref source, end, out var isKeyNull) || isKeyNull || !TrySkipNullable(ref source, end, out _)) return false;
        }
        return headerCount == 0 && source.Consumed == end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TrySkipNullable(ReadOnlySpan<byte> body, ref int at, out bool isNull)
    {
        var isRead = Varint.TryRead(body, ref at, out var length);
        isNull = length < 0;
        if (!isRead || length < -1 || length > body.Length - at) return false;
        at += isNull ? 0 : (int)length;
        return true;
    }

    private static bool TrySkipNullable(ref ByteSource source, long end, out bool isNull)
    {
        var isRead = source.TryReadVarint(out var length);
        isNull = length < 0;
        return isRead && length >= -1 && (isNull || (length <= end - source.Consumed && source.TrySkip(length)));
    }
}
