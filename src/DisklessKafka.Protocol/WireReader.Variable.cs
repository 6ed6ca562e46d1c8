using System.Text;

namespace DisklessKafka.Protocol;

// Values of variable length: varints, strings, bytes, records, counts and tag sections.
public ref partial struct WireReader
{
    private const int StringMemoryBytes = 24;     // object header and length of a string
    private const int ArrayMemoryBytes = 24;      // the same of an array
    private const int ListMemoryBytes = 32;       // a List<T> without its array

    /// <summary>Malformed text is refused: two names that differ on the wire must not become the same one.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>At most 5 bytes, 7 bits each, lowest first.</summary>
    public uint ReadUnsignedVarint()
    {
        var value = 0U;
        for (var shift = 0; shift < 35; shift += 7)
        {
            uint next = ReadByte();
            if (shift == 28 && next > 0x0F) break;    // more than 32 bits
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new WireFormatException($"A varint of more than 32 bits, at byte {Consumed}.");
    }

    /// <summary>At most 10 bytes, 7 bits each, lowest first.</summary>
    public ulong ReadUnsignedVarlong()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            ulong next = ReadByte();
            if (shift == 63 && next > 1) break;       // more than 64 bits
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new WireFormatException($"A varlong of more than 64 bits, at byte {Consumed}.");
    }

    /// <summary>Zigzag: 0, -1, 1, -2 … are 0, 1, 2, 3 …</summary>
    public int ReadVarint()
    {
        var value = ReadUnsignedVarint();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    /// <summary>Zigzag: 0, -1, 1, -2 … are 0, 1, 2, 3 …</summary>
    public long ReadVarlong()
    {
        var value = ReadUnsignedVarlong();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public string ReadString(bool flexible) => ReadNullableString(flexible) ?? throw Null();

    public string? ReadNullableString(bool flexible)
    {
        var length = flexible ? ReadCompactLength() : CheckNull(ReadInt16());
        if (length < 0) return null;
        CheckLength(length);
        Charge(StringMemoryBytes + (2L * length));
        return ReadText(length);
    }

    public byte[] ReadBytes(bool flexible) => ReadNullableBytes(flexible) ?? throw Null();

    public byte[]? ReadNullableBytes(bool flexible)
    {
        var length = ReadLength(flexible);
        if (length < 0) return null;
        CheckLength(length);
        Charge(ArrayMemoryBytes + (long)length);
        if (length == 0) return [];
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        ReadBytes(bytes.AsSpan());
        return bytes;
    }

    /// <summary>The records are borrowed: they live as long as the memory that is being read.</summary>
    public RecordsField ReadRecords(bool flexible)
    {
        var records = ReadNullableRecords(flexible);
        return records.IsNull ? throw Null() : records;
    }

    /// <inheritdoc cref="ReadRecords"/>
    public RecordsField ReadNullableRecords(bool flexible)
    {
        var length = ReadLength(flexible);
        return length < 0 ? RecordsField.Null : new RecordsField(ReadSequence(length));
    }

    /// <summary>An array's count, fit to allocate by.</summary>
    /// <param name="flexible">Whether the count is compact.</param>
    /// <param name="elementWireBytes">The fewest bytes that an element takes on the wire.</param>
    /// <param name="elementMemoryBytes">What an element takes in memory, without what its own strings and arrays take.</param>
    public int ReadCount(bool flexible, int elementWireBytes, int elementMemoryBytes)
    {
        var count = ReadNullableCount(flexible, elementWireBytes, elementMemoryBytes);
        return count < 0 ? throw Null() : count;
    }

    /// <summary>Like <see cref="ReadCount"/>; -1 stands for null.</summary>
    public int ReadNullableCount(bool flexible, int elementWireBytes, int elementMemoryBytes)
    {
        var count = ReadLength(flexible);
        if (count < 0) return count;
        if (count > Remaining / elementWireBytes)
            throw new WireFormatException($"An array of {count} elements at byte {Consumed}, but only {Remaining} bytes are left.");
        Charge(ListMemoryBytes + ArrayMemoryBytes + ((long)count * elementMemoryBytes));
        return count;
    }

    /// <summary>The marker in front of a struct that may be null.</summary>
    public bool ReadPresence() => ReadInt8() >= 0;

    /// <summary>How many tagged fields follow.</summary>
    public int ReadTagCount()
    {
        var count = ReadUnsignedVarint();
        if (count > Remaining / 2)    // a tag and a size each
            throw new WireFormatException($"A section of {count} tagged fields at byte {Consumed}, but only {Remaining} bytes are left.");
        return (int)count;
    }

    /// <summary>The next tagged field's number; <paramref name="end"/> is where its content ends, as <see cref="Consumed"/>.</summary>
    public int ReadTag(int previous, out long end)
    {
        var tag = ReadUnsignedVarint();
        if (tag <= (long)previous || tag > int.MaxValue) throw new WireFormatException($"Tag {tag} after tag {previous}, at byte {Consumed}.");
        var size = ReadUnsignedVarint();
        CheckLength(size);
        end = Consumed + size;
        return (int)tag;
    }

    /// <summary>A tagged field must take exactly the bytes that it said.</summary>
    public readonly void EndTag(long end)
    {
        if (Consumed != end) throw new WireFormatException($"A tagged field ends at byte {Consumed} and not at {end} as it said.");
    }

    /// <summary>Passes over the rest of a tagged field.</summary>
    public void SkipTo(long end) => Skip(end - Consumed);

    /// <summary>Passes over a whole section of tagged fields.</summary>
    public void SkipTags()
    {
        var tag = -1;
        for (var left = ReadTagCount(); left > 0; left--)
        {
            tag = ReadTag(tag, out var end);
            SkipTo(end);
        }
    }

    private int ReadLength(bool flexible) => flexible ? ReadCompactLength() : CheckNull(ReadInt32());

    /// <summary>Compact lengths are one more than what they say; 0 is null.</summary>
    private int ReadCompactLength()
    {
        var length = ReadUnsignedVarint();
        return length <= int.MaxValue ? (int)length - 1 : throw new WireFormatException($"A length of {length - 1}, at byte {Consumed}.");
    }

    private readonly int CheckNull(int length) =>
        length >= -1 ? length : throw new WireFormatException($"A length of {length}, at byte {Consumed}.");

    private string ReadText(int length)
    {
        try
        {
            if (TryTake(length, out var bytes)) return Utf8.GetString(bytes);
            return Utf8.GetString(ReadSequence(length));
        }
        catch (DecoderFallbackException e)
        {
            throw new WireFormatException($"A string that is not UTF-8, in front of byte {Consumed}.", e);
        }
    }

    private readonly WireFormatException Null() => new($"Null where the message needs a value, at byte {Consumed}.");
}
