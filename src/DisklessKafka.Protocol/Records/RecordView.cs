using System.Text;

namespace DisklessKafka.Protocol.Records;

/// <summary>One record of a batch that is being read. Its bytes are borrowed: they are gone when the reader moves on.</summary>
public readonly ref struct RecordView
{
    private readonly ReadOnlySpan<byte> _headers;

    internal RecordView(scoped in BatchHeader batch, ReadOnlySpan<byte> body)
    {
        var fields = new RecordFields(body);
        fields.Skip(1); // a record's own attributes: none are defined
        var timestampDelta = fields.ReadVarlong();
        TimestampMs = batch.HasLogAppendTime ? batch.MaxTimestamp : batch.BaseTimestamp + timestampDelta;
        OffsetDelta = fields.ReadVarint();
        Offset = batch.BaseOffset + OffsetDelta;
        Key = fields.ReadNullable(out var isKeyNull);
        IsKeyNull = isKeyNull;
        Value = fields.ReadNullable(out var isValueNull);
        IsValueNull = isValueNull;
        HeaderCount = fields.ReadVarint();
        _headers = fields.Rest;
    }

    /// <summary>Valid once the batch has its base offset.</summary>
    public long Offset { get; }
    public int OffsetDelta { get; }
    /// <summary>Milliseconds since 1970, or -1. The broker's time where the batch says so.</summary>
    public long TimestampMs { get; }
    public bool IsKeyNull { get; }
    public ReadOnlySpan<byte> Key { get; }
    /// <summary>True for a tombstone.</summary>
    public bool IsValueNull { get; }
    public ReadOnlySpan<byte> Value { get; }
    public int HeaderCount { get; }

    /// <summary>Copies the headers.</summary>
    /// <exception cref="RecordFormatException">They are damaged.</exception>
    public RecordHeader[] ReadHeaders()
    {
        var fields = new RecordFields(_headers);
        if (HeaderCount < 0 || HeaderCount > _headers.Length) throw new RecordFormatException($"a record cannot have {HeaderCount} headers");
        var copies = new RecordHeader[HeaderCount];
        for (var i = 0; i < copies.Length; i++)
        {
            var key = Encoding.UTF8.GetString(fields.ReadNullable(out _));
            var value = fields.ReadNullable(out var isNull);
            copies[i] = new RecordHeader(key, isNull ? null : value.ToArray());
        }
        return copies;
    }
}
