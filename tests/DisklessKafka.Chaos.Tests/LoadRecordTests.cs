using DisklessKafka.Chaos.Load;
using Xunit;

namespace DisklessKafka.Chaos.Tests;

public sealed class LoadRecordTests
{
    [Theory]
    [InlineData(0L)]
    [InlineData((3L << 40) | 17)]
    [InlineData(long.MaxValue)]
    public void A_value_comes_back(long value) => Assert.Equal(value, LoadRecord.Decode(LoadRecord.Encode(value)));

    [Fact]
    public void Damage_at_any_byte_shows()
    {
        var bytes = LoadRecord.Encode((3L << 40) | 17);
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 1;
            Assert.Throws<FormatException>(() => LoadRecord.Decode(bytes));
            bytes[at] ^= 1;
        }
    }

    [Fact]
    public void A_record_cut_short_shows() => Assert.Throws<FormatException>(() => LoadRecord.Decode(LoadRecord.Encode(5).AsSpan()[..^1]));
}
