using System.Text;
using DisklessKafka.Protocol.Records;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

public sealed class Crc32CTests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("a", 0xC1D04330u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Published_check_values_come_out(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Thirty_two_bytes_of_RFC_3720_come_out()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Fact]
    public void Every_length_around_the_interleaving_agrees_with_the_definition()
    {
        var data = Bytes.Random(5000);
        foreach (var length in Enumerable.Range(0, 70).Concat(Enumerable.Range(1520, 40)).Concat([3071, 3072, 3073, 4607, 4608, 4999, 5000]))
            Assert.Equal(Definition(data.AsSpan(0, length)), Crc32C.Compute(data.AsSpan(0, length)));
    }

    [Fact]
    public void Unaligned_starts_agree_with_the_definition()
    {
        var data = Bytes.Random(2000);
        for (var start = 0; start < 16; start++)
            Assert.Equal(Definition(data.AsSpan(start)), Crc32C.Compute(data.AsSpan(start)));
    }

    [Fact]
    public void A_message_may_come_in_any_pieces()
    {
        var data = Bytes.Random(4000);
        var expected = Crc32C.Compute(data);
        foreach (var size in new[] { 1, 7, 64, 1536, 3999 })
            Assert.Equal(expected, Crc32C.Compute(Bytes.Split(data, size)));
        Assert.Equal(expected, Crc32C.Append(Crc32C.Compute(data.AsSpan(0, 1234)), data.AsSpan(1234)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public void Replacing_a_part_needs_none_of_the_bytes_behind_it(int bytesBehind)
    {
        var data = Bytes.Random(20 + bytesBehind);
        var changed = data.ToArray();
        changed.AsSpan(10, 10).Fill(0x5A);
        var crc = Crc32C.Replace(Crc32C.Compute(data), data.AsSpan(10, 10), changed.AsSpan(10, 10), bytesBehind);
        Assert.Equal(Crc32C.Compute(changed), crc);
    }

    [Fact]
    public void A_replacement_of_another_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => Crc32C.Replace(1, new byte[2], new byte[3], 0));

    private static uint Definition(ReadOnlySpan<byte> data)
    {
        var state = uint.MaxValue;
        foreach (var value in data)
        {
            state ^= value;
            for (var bit = 0; bit < 8; bit++) state = (state & 1) != 0 ? (state >> 1) ^ 0x82F63B78 : state >> 1;
        }
        return ~state;
    }
}
