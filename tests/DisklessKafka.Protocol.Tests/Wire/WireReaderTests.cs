using System.Buffers;
using System.Globalization;

namespace DisklessKafka.Protocol.Tests.Wire;

public sealed class WireReaderTests
{
    [Theory]
    [InlineData("00", 0U)]
    [InlineData("7F", 127U)]
    [InlineData("8001", 128U)]
    [InlineData("FFFFFFFF0F", uint.MaxValue)]
    public void Unsigned_varints_are_seven_bits_a_byte(string hex, uint value)
    {
        var reader = Reader(hex);
        Assert.Equal(value, reader.ReadUnsignedVarint());
        Assert.Equal(0, reader.Remaining);
        Assert.Equal(hex, Written((ref WireWriter writer) => writer.WriteUnsignedVarint(value)));
        Assert.Equal(hex.Length / 2, WireWriter.SizeOfUnsignedVarint(value));
    }

    [Theory]
    [InlineData("00", 0)]
    [InlineData("01", -1)]
    [InlineData("02", 1)]
    [InlineData("FEFFFFFF0F", int.MaxValue)]
    [InlineData("FFFFFFFF0F", int.MinValue)]
    public void Varints_are_zigzag(string hex, int value)
    {
        var reader = Reader(hex);
        Assert.Equal(value, reader.ReadVarint());
        Assert.Equal(hex, Written((ref WireWriter writer) => writer.WriteVarint(value)));
    }

    [Theory]
    [InlineData("01", -1L)]
    [InlineData("FEFFFFFFFFFFFFFFFF01", long.MaxValue)]
    [InlineData("FFFFFFFFFFFFFFFFFF01", long.MinValue)]
    public void Varlongs_are_zigzag(string hex, long value)
    {
        var reader = Reader(hex);
        Assert.Equal(value, reader.ReadVarlong());
        Assert.Equal(hex, Written((ref WireWriter writer) => writer.WriteVarlong(value)));
    }

    [Fact]
    public void Every_varlong_width_counts_as_it_is_written()
    {
        for (var bit = 0; bit < 64; bit++)
        {
            var value = 1UL << bit;
            var counter = WireWriter.Counting();
            counter.WriteUnsignedVarlong(value);
            var hex = Written((ref WireWriter writer) => writer.WriteUnsignedVarlong(value));
            Assert.Equal(hex.Length / 2, counter.BytesWritten);
            Assert.Equal(value, Reader(hex).ReadUnsignedVarlong());
        }
    }

    [Fact]
    public void Uuids_are_big_endian()
    {
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff", CultureInfo.InvariantCulture);
        Assert.Equal(id, Reader("00112233445566778899AABBCCDDEEFF").ReadUuid());
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Written((ref WireWriter writer) => writer.WriteUuid(id)));
    }

    [Fact]
    public void Numbers_may_cross_segments()
    {
        var bytes = Convert.FromHexString("0102030405060708");
        for (var at = 0; at <= bytes.Length; at++)
        {
            var reader = new WireReader(Segments.Of(bytes.AsMemory(0, at), ReadOnlyMemory<byte>.Empty, bytes.AsMemory(at)));
            Assert.Equal(0x0102030405060708, reader.ReadInt64());
            Assert.Equal(8, reader.Consumed);
        }
    }

    [Fact]
    public void Records_are_borrowed_and_not_copied()
    {
        byte[] bytes = [0, 0, 0, 3, 7, 8, 9];
        var reader = new WireReader(bytes);
        var records = reader.ReadRecords(flexible: false);
        bytes[5] = 80;
        Assert.Equal([7, 80, 9], records.Sequence.ToArray());
    }

    [Fact]
    public void Records_may_cross_segments()
    {
        var bytes = Convert.FromHexString("0000000A00010203040506070809FF");
        var reader = new WireReader(Segments.EachByteOf(bytes));
        Assert.Equal(bytes[4..14], reader.ReadRecords(flexible: false).Sequence.ToArray());
        Assert.Equal(0xFF, reader.ReadByte());
    }

    [Fact]
    public void Text_longer_than_a_block_is_written_whole()
    {
        var text = new string('x', 100_000);
        var buffer = new StingyBufferWriter();
        var writer = new WireWriter(buffer);
        writer.WriteString(text, flexible: true);
        writer.Flush();
        Assert.Equal(text, new WireReader(buffer.Written.ToArray()).ReadString(flexible: true));
    }

    [Fact]
    public void Text_that_a_classic_length_cannot_say_is_refused()
    {
        var text = new string('x', short.MaxValue + 1);
        Assert.Throws<ArgumentException>(() => Written((ref WireWriter writer) => writer.WriteString(text, flexible: false)));
    }

    [Fact]
    public void Outbound_records_write_themselves_in_their_place()
    {
        Assert.Equal("01000000020A0B02", Written((ref WireWriter writer) =>
        {
            writer.WriteByte(1);
            writer.WriteRecords(new RecordsField(new Payload([10, 11])), flexible: false);
            writer.WriteByte(2);
        }));
        var counter = WireWriter.Counting();
        counter.WriteNullableRecords(new RecordsField(new Payload([10, 11])), flexible: true);
        Assert.Equal(3, counter.BytesWritten);
        Assert.Throws<InvalidOperationException>(() => new RecordsField(new Payload([1])).Sequence);
    }

    [Fact]
    public void Null_and_empty_records_are_not_the_same()
    {
        Assert.True(default(RecordsField).IsNull);
        Assert.False(RecordsField.Empty.IsNull);
        Assert.Equal("0001", Written((ref WireWriter writer) =>
        {
            writer.WriteNullableRecords(RecordsField.Null, flexible: true);
            writer.WriteNullableRecords(RecordsField.Empty, flexible: true);
        }));
    }

    private delegate void WriteAction(ref WireWriter writer);

    private static WireReader Reader(string hex) => new(Convert.FromHexString(hex));

    private static string Written(WriteAction write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        write(ref writer);
        writer.Flush();
        Assert.Equal(buffer.WrittenCount, writer.BytesWritten);
        return Convert.ToHexString(buffer.WrittenSpan);
    }

    private sealed class Payload(byte[] bytes) : IRecordsPayload
    {
        public int Length => bytes.Length;

        public void WriteTo(IBufferWriter<byte> target) => target.Write(bytes);
    }
}
