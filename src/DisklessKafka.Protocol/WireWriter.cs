using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace DisklessKafka.Protocol;

/// <summary>
/// Writes the wire's values, big-endian. It holds back what it wrote last: call <see cref="Flush"/> before anybody else
/// uses the buffer. A <see cref="Counting"/> writer only measures.
/// </summary>
[SuppressMessage("Design", "CA1045", Justification = "A ref struct is passed by reference.")]
public ref partial struct WireWriter
{
    /// <summary>How much is asked of the buffer at least, so that small values seldom ask.</summary>
    private const int LeastSpanBytes = 256;

    private readonly IBufferWriter<byte>? _buffer;   // null: only count
    private Span<byte> _span;                        // what the buffer lent; empty while counting
    private int _at;                                 // in _span
    private long _flushed;                           // bytes handed to the buffer, or counted

    public WireWriter(IBufferWriter<byte> buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        _buffer = buffer;
    }

    /// <summary>A writer that keeps nothing and counts <see cref="BytesWritten"/>.</summary>
    public static WireWriter Counting() => default;

    /// <summary>Bytes written so far, flushed or not.</summary>
    public readonly long BytesWritten => _flushed + _at;

    /// <summary>Hands everything written to the buffer.</summary>
    public void Flush()
    {
        if (_buffer is null || _at == 0) return;
        _buffer.Advance(_at);
        _flushed += _at;
        _at = 0;
        _span = default;
    }

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteInt8(sbyte value) => WriteByte((byte)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteByte(byte value)
    {
        if (_at >= _span.Length && !Reserve(1)) return;
        _span[_at++] = value;
    }

    public void WriteInt16(short value)
    {
        if (_span.Length - _at < sizeof(short) && !Reserve(sizeof(short))) return;
        BinaryPrimitives.WriteInt16BigEndian(_span[_at..], value);
        _at += sizeof(short);
    }

    public void WriteUInt16(ushort value) => WriteInt16((short)value);

    public void WriteInt32(int value)
    {
        if (_span.Length - _at < sizeof(int) && !Reserve(sizeof(int))) return;
        BinaryPrimitives.WriteInt32BigEndian(_span[_at..], value);
        _at += sizeof(int);
    }

    public void WriteUInt32(uint value) => WriteInt32((int)value);

    public void WriteInt64(long value)
    {
        if (_span.Length - _at < sizeof(long) && !Reserve(sizeof(long))) return;
        BinaryPrimitives.WriteInt64BigEndian(_span[_at..], value);
        _at += sizeof(long);
    }

    public void WriteFloat64(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    public void WriteUuid(Guid value)
    {
        const int UuidBytes = 16;
        if (_span.Length - _at < UuidBytes && !Reserve(UuidBytes)) return;
        value.TryWriteBytes(_span[_at..], bigEndian: true, out _);
        _at += UuidBytes;
    }

    /// <summary>The bytes as they are, without a length.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> bytes)
    {
        if (_buffer is null)
        {
            _flushed += bytes.Length;
            return;
        }

        while (bytes.Length > 0)
        {
            if (_at >= _span.Length) Reserve(1);
            var step = Math.Min(bytes.Length, _span.Length - _at);
            bytes[..step].CopyTo(_span[_at..]);
            bytes = bytes[step..];
            _at += step;
        }
    }

    /// <summary>Makes room for a value, at most <see cref="LeastSpanBytes"/>; false where it only has to be counted, which is then done.</summary>
    private bool Reserve(int count)
    {
        if (_buffer is null)
        {
            _flushed += count;
            return false;
        }

        Flush();
        _span = _buffer.GetSpan(Math.Max(count, LeastSpanBytes));
        return true;
    }
}
