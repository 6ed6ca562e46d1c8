using DisklessKafka.Metadata.State;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class ExtentMapTests
{
    [Fact]
    public void An_extent_is_forty_bytes() => Assert.Equal(40, System.Runtime.CompilerServices.Unsafe.SizeOf<Extent>());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Maps_of_every_age_agree_with_a_plain_list(int seed)
    {
        var random = new Random(seed);
        var map = default(ExtentMap);
        var model = new List<Extent>();
        var kept = new List<(ExtentMap Map, Extent[] Model)>();
        long offset = 0;
        for (var step = 0; step < 3_000; step++)
        {
            switch (random.Next(20))
            {
                case 0:
                    var trimmed = random.Next(random.Next(4) == 0 ? model.Count + 1 : Math.Min(model.Count, 70) + 1);
                    map = map.TrimHead(trimmed);
                    model.RemoveRange(0, trimmed);
                    break;
                case 1:
                    kept.Add((map, [.. model]));
                    break;
                case 2 when random.Next(20) == 0:
                    map = ExtentMap.Of(model.ToArray());
                    break;
                default:
                    offset += random.Next(10) == 0 ? random.Next(100) : 0; // a gap, as compaction leaves them
                    var extent = new Extent(offset, random.Next(1000), step, 1, 1 + random.Next(5), step, 1);
                    offset = extent.EndOffset;
                    map = map.Append(extent);
                    model.Add(extent);
                    break;
            }
        }

        kept.Add((map, [.. model]));
        foreach (var (keptMap, keptModel) in kept) AssertSame(keptModel, keptMap, random);
    }

    private static void AssertSame(Extent[] model, ExtentMap map, Random random)
    {
        Assert.Equal(model.Length, map.Count);
        for (var i = 0; i < model.Length; i++) Assert.Equal(model[i], map[i]);
        if (model.Length == 0) return;
        for (var i = 0; i < 50; i++)
        {
            var offset = random.NextInt64(model[0].BaseOffset - 2, model[^1].EndOffset + 3);
            var expected = Array.FindIndex(model, extent => extent.EndOffset > offset);
            Assert.Equal(expected < 0 ? model.Length : expected, map.IndexOf(offset));
            var time = random.Next(1002);
            var byTime = Array.FindIndex(model, extent => extent.MaxTimestampMs >= time);
            Assert.Equal(byTime < 0 ? model.Length : byTime, map.IndexOfTimestamp(time));
        }
    }

    [Fact]
    public void An_index_outside_is_refused_although_the_chunk_has_such_a_slot()
    {
        var map = default(ExtentMap).Append(new Extent(0, 0, 0, 1, 1, 0, 1));
        var longer = map.Append(new Extent(1, 0, 0, 1, 1, 1, 1));
        Assert.Equal(1, longer[1].BaseOffset);
        Assert.Throws<ArgumentOutOfRangeException>(() => map[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => map[-1]);
    }
}
