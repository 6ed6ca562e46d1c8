namespace DisklessKafka.Protocol.Records;

/// <summary>Reads the fields inside one stored record's body; damage is an exception.</summary>
internal ref struct RecordFields(ReadOnlySpan<byte> body)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = body;

    public void Skip(int bytes) => Rest = Rest.Length >= bytes ? Rest[bytes..] : throw Damaged();

    public long ReadVarlong()
    {
        var length = Varint.TryRead(Rest, out var value);
        if (length == 0) throw Damaged();
        Rest = Rest[length..];
        return value;
    }

    public int ReadVarint()
    {
        var value = ReadVarlong();
        return (int)value == value ? (int)value : throw Damaged();
    }

    /// <summary>Bytes behind their length, where -1 stands for null.</summary>
    public ReadOnlySpan<byte> ReadNullable(out bool isNull)
    {
        var length = ReadVarint();
        isNull = length < 0;
        if (isNull) return default;
        var bytes = Rest.Length >= length ? Rest[..length] : throw Damaged();
        Rest = Rest[length..];
        return bytes;
    }

    private static RecordFormatException Damaged() => new("a record ends before its fields do");
}
