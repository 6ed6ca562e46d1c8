using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace DisklessKafka.Protocol;

/// <summary>
/// Reads the wire's values, big-endian, from bytes that may lie in several segments. Nothing is allocated by a length or
/// count that the bytes only claim: it must fit into the bytes that are left, and into the reader's memory budget.
/// </summary>
/// <remarks>
/// The budget bounds what a message may cost once decoded. Without it nested arrays of tiny elements would turn a frame
/// into fifty times its size. Borrowed records cost nothing.
/// </remarks>
[SuppressMessage("Design", "CA1045", Justification = "A ref struct is passed by reference.")]
public ref partial struct WireReader
{
    /// <summary>A budget for bytes that come from ourselves.</summary>
    public const long UnlimitedMemory = long.MaxValue;

    /// <summary>What a message of any size may cost, in bytes: small messages are made of objects rather than of bytes.</summary>
    private const long FreeMemoryBytes = 1 << 20;

    /// <summary>Decoded bytes for each byte on the wire; real requests stay below 10, most below 3.</summary>
    private const int MemoryPerWireByte = 16;

    /// <summary>No message costs more than this, however large it is.</summary>
    private const long MostMemoryBytes = 256 << 20;

    private readonly ReadOnlySequence<byte> _sequence;
    private readonly long _length;
    private ReadOnlyMemory<byte> _segment;       // the current one
    private ReadOnlySpan<byte> _span;            // of it
    private int _at;                             // in it
    private SequencePosition _segmentStart;
    private SequencePosition _nextSegment;
    private long _consumedBefore;                // bytes of all segments in front of the current one
    private readonly long _budget;
    private long _memory;                        // what is left of the budget

    /// <summary>A reader with the budget for bytes from a client: 1 MiB and 16 bytes for each byte, at most 256 MiB.</summary>
    public WireReader(ReadOnlySequence<byte> sequence)
        : this(sequence, Math.Min(FreeMemoryBytes + (MemoryPerWireByte * sequence.Length), MostMemoryBytes))
    {
    }

    public WireReader(ReadOnlySequence<byte> sequence, long memoryBudgetBytes)
    {
        _sequence = sequence;
        _length = sequence.Length;
        _memory = memoryBudgetBytes;
        _budget = memoryBudgetBytes;
        _segmentStart = sequence.Start;
        _nextSegment = sequence.Start;
        MoveToNextSegment();
    }

    public WireReader(ReadOnlyMemory<byte> memory) : this(new ReadOnlySequence<byte>(memory))
    {
    }

    /// <summary>Bytes read so far.</summary>
    public readonly long Consumed => _consumedBefore + _at;

    /// <summary>Bytes not yet read.</summary>
    public readonly long Remaining => _length - Consumed;

    /// <summary>What the values read so far take in memory, by the budget's reckoning; borrowed records take nothing.</summary>
    public readonly long MemoryTaken => _budget - _memory;

    /// <summary>Any byte other than 0 is true, as in Kafka.</summary>
    public bool ReadBoolean() => ReadByte() != 0;

    public sbyte ReadInt8() => (sbyte)ReadByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte ReadByte()
    {
        if (_at >= _span.Length) Require(1);
        return _span[_at++];
    }

    public short ReadInt16()
    {
        if (TryTake(sizeof(short), out var bytes)) return BinaryPrimitives.ReadInt16BigEndian(bytes);
        Span<byte> gathered = stackalloc byte[sizeof(short)];
        ReadBytes(gathered);
        return BinaryPrimitives.ReadInt16BigEndian(gathered);
    }

    public ushort ReadUInt16() => (ushort)ReadInt16();

    public int ReadInt32()
    {
        if (TryTake(sizeof(int), out var bytes)) return BinaryPrimitives.ReadInt32BigEndian(bytes);
        Span<byte> gathered = stackalloc byte[sizeof(int)];
        ReadBytes(gathered);
        return BinaryPrimitives.ReadInt32BigEndian(gathered);
    }

    public uint ReadUInt32() => (uint)ReadInt32();

    public long ReadInt64()
    {
        if (TryTake(sizeof(long), out var bytes)) return BinaryPrimitives.ReadInt64BigEndian(bytes);
        Span<byte> gathered = stackalloc byte[sizeof(long)];
        ReadBytes(gathered);
        return BinaryPrimitives.ReadInt64BigEndian(gathered);
    }

    public double ReadFloat64() => BitConverter.Int64BitsToDouble(ReadInt64());

    public Guid ReadUuid()
    {
        const int UuidBytes = 16;
        if (TryTake(UuidBytes, out var bytes)) return new Guid(bytes, bigEndian: true);
        Span<byte> gathered = stackalloc byte[UuidBytes];
        ReadBytes(gathered);
        return new Guid(gathered, bigEndian: true);
    }

    public void Skip(long count)
    {
        CheckLength(count);
        while (count > 0)
        {
            Require(1);
            var step = (int)Math.Min(count, _span.Length - _at);
            _at += step;
            count -= step;
        }
    }

    /// <summary>Fills the span with the next bytes.</summary>
    public void ReadBytes(scoped Span<byte> target)
    {
        CheckLength(target.Length);
        while (target.Length > 0)
        {
            Require(1);
            var step = Math.Min(target.Length, _span.Length - _at);
            _span.Slice(_at, step).CopyTo(target);
            target = target[step..];
            _at += step;
        }
    }

    /// <summary>The next bytes, borrowed.</summary>
    public ReadOnlySequence<byte> ReadSequence(long count)
    {
        CheckLength(count);
        if (count <= _span.Length - _at)
        {
            var within = _segment.Slice(_at, (int)count);
            _at += (int)count;
            return new ReadOnlySequence<byte>(within);
        }

        var start = _sequence.GetPosition(_at, _segmentStart);
        Skip(count);
        return _sequence.Slice(start, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        if (_span.Length - _at < count)
        {
            bytes = default;
            return false;
        }

        bytes = _span.Slice(_at, count);
        _at += count;
        return true;
    }

    /// <summary>Leaves at least one byte in the current segment, or throws.</summary>
    private void Require(int count)
    {
        while (_at >= _span.Length)
        {
            if (!MoveToNextSegment()) throw new WireFormatException($"The message ends {count} byte(s) too early, at byte {Consumed}.");
        }
    }

    private bool MoveToNextSegment()
    {
        var start = _nextSegment;
        if (!_sequence.TryGet(ref _nextSegment, out var memory)) return false;
        _consumedBefore += _span.Length;
        _segmentStart = start;
        _segment = memory;
        _span = memory.Span;
        _at = 0;
        return true;
    }

    private readonly void CheckLength(long count)
    {
        if (count < 0 || count > Remaining) throw new WireFormatException($"A length of {count} at byte {Consumed}, but only {Remaining} bytes are left.");
    }

    /// <summary>Takes memory from the budget before it is allocated.</summary>
    private void Charge(long bytes)
    {
        _memory -= bytes;
        if (_memory < 0) throw new WireFormatException($"The message would take too much memory once decoded, at byte {Consumed}.");
    }
}
