using System.Buffers;
using System.Numerics;
using System.Text;

namespace DisklessKafka.Protocol;

// Values of variable length: varints, strings, bytes, records, counts and tag sections.
public ref partial struct WireWriter
{
    private const int MostVarintBytes = 10;

    /// <summary>Text that has no UTF-8 form (a lone surrogate) is a fault of ours and throws.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The schema allows no null for the field in this version: a fault of who filled the message.</summary>
    public static InvalidOperationException NullNotAllowed(string field, short version) => new($"{field} cannot be null in version {version}.");

    /// <summary>How many bytes <see cref="WriteUnsignedVarint"/> takes.</summary>
    public static int SizeOfUnsignedVarint(uint value) => (BitOperations.Log2(value | 1) / 7) + 1;

    public void WriteUnsignedVarint(uint value) => WriteUnsignedVarlong(value);

    public void WriteUnsignedVarlong(ulong value)
    {
        if (_buffer is null)
        {
            _flushed += (BitOperations.Log2(value | 1) / 7) + 1;
            return;
        }

        if (_span.Length - _at < MostVarintBytes) Reserve(MostVarintBytes);
        while (value >= 0x80)
        {
            _span[_at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _span[_at++] = (byte)value;
    }

    /// <summary>Zigzag: 0, -1, 1, -2 … are 0, 1, 2, 3 …</summary>
    public void WriteVarint(int value) => WriteUnsignedVarlong((uint)((value << 1) ^ (value >> 31)));

    /// <summary>Zigzag: 0, -1, 1, -2 … are 0, 1, 2, 3 …</summary>
    public void WriteVarlong(long value) => WriteUnsignedVarlong((ulong)((value << 1) ^ (value >> 63)));

    public void WriteString(string value, bool flexible)
    {
        var length = Utf8.GetByteCount(value);
        if (flexible) WriteUnsignedVarint((uint)length + 1);
        else if (length <= short.MaxValue) WriteInt16((short)length);
        else throw new ArgumentException($"A text of {length} bytes; this version's limit is {short.MaxValue}.", nameof(value));
        WriteText(value, length);
    }

    public void WriteNullableString(string? value, bool flexible)
    {
        if (value is not null) WriteString(value, flexible);
        else if (flexible) WriteUnsignedVarint(0);
        else WriteInt16(-1);
    }

    public void WriteBytes(byte[] value, bool flexible)
    {
        WriteCount(value.Length, flexible);
        WriteRaw(value);
    }

    public void WriteNullableBytes(byte[]? value, bool flexible)
    {
        if (value is null) WriteNullCount(flexible);
        else WriteBytes(value, flexible);
    }

    public void WriteRecords(RecordsField value, bool flexible)
    {
        if (value.IsNull) throw new InvalidOperationException("Records cannot be null in this message.");
        WriteCount(value.Length, flexible);
        WriteRecordBytes(value);
    }

    public void WriteNullableRecords(RecordsField value, bool flexible)
    {
        if (value.IsNull) WriteNullCount(flexible);
        else WriteRecords(value, flexible);
    }

    /// <summary>The count of an array, or the length of bytes.</summary>
    public void WriteCount(int count, bool flexible)
    {
        if (flexible) WriteUnsignedVarint((uint)count + 1);
        else WriteInt32(count);
    }

    public void WriteNullCount(bool flexible)
    {
        if (flexible) WriteUnsignedVarint(0);
        else WriteInt32(-1);
    }

    /// <summary>The marker in front of a struct that may be null.</summary>
    public void WritePresence(bool isPresent) => WriteInt8(isPresent ? (sbyte)1 : (sbyte)-1);

    public void WriteNoTags() => WriteByte(0);

    /// <summary>Number and size in front of a tagged field.</summary>
    public void WriteTag(uint tag, long size)
    {
        WriteUnsignedVarint(tag);
        WriteUnsignedVarint(checked((uint)size));
    }

    private void WriteText(string value, int length)
    {
        if (_buffer is null)
        {
            _flushed += length;
            return;
        }

        if (_span.Length - _at < length)
        {
            Flush();
            _span = _buffer.GetSpan(Math.Max(length, LeastSpanBytes));
        }

        _at += Utf8.GetBytes(value, _span[_at..]);
    }

    private void WriteRecordBytes(RecordsField value)
    {
        if (_buffer is null)
        {
            _flushed += value.Length;
            return;
        }

        Flush();
        value.WriteTo(_buffer);
        _flushed += value.Length;
        _span = default;    // the payload advanced the buffer, so what it lent is gone
    }
}
