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
        var end = source.Consumed + length;
        if (!source.TrySkip(1) // a record's own attributes: none are defined
            || !source.TryReadVarlong(out record.TimestampDelta)
            || !source.TryReadVarint(out record.OffsetDelta)
            || !TrySkipNullable(ref source, end, out record.IsKeyNull)
            || !TrySkipNullable(ref source, end, out _)
            || !source.TryReadVarint(out var headerCount)
            || headerCount < 0)
            return false;
        for (; headerCount > 0; headerCount--)
        {
            if (source.Consumed >= end
                || !TrySkipNullable(ref source, end, out var isKeyNull) || isKeyNull
                || !TrySkipNullable(ref source, end, out _))
                return false;
        }
        return source.Consumed == end;
    }

    private static bool TrySkipNullable(ref ByteSource source, long end, out bool isNull)
    {
        var isRead = source.TryReadVarint(out var length);
        isNull = length < 0;
        return isRead && length >= -1 && (isNull || (length <= end - source.Consumed && source.TrySkip(length)));
    }
}
