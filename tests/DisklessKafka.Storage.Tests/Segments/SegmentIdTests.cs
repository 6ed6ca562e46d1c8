using DisklessKafka.Storage.Segments;
using Xunit;

namespace DisklessKafka.Storage.Tests.Segments;

public sealed class SegmentIdTests
{
    [Fact]
    public void A_key_names_session_and_sequence_and_reads_back()
    {
        Assert.Equal("segments/0f8fad5bd9cb469fa16570867728950e/00000000000000000042", SegmentSamples.Id.ObjectKey);
        Assert.True(SegmentId.TryParse(SegmentSamples.Id.ObjectKey, out var id));
        Assert.Equal(SegmentSamples.Id, id);
        Assert.StartsWith(SegmentId.KeyPrefixOf(id.Session), id.ObjectKey, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_a_session_sort_by_sequence()
    {
        long[] sequences = [0, 1, 9, 10, 99, 100, int.MaxValue, long.MaxValue];
        var keys = sequences.Select(sequence => (SegmentSamples.Id with { Sequence = sequence }).ObjectKey).ToArray();
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
        Assert.All(keys, key => Assert.True(SegmentId.TryParse(key, out _)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("segments/")]
    [InlineData("log/00000000000000000042")]
    [InlineData("segments/0F8FAD5BD9CB469FA16570867728950E/00000000000000000042")]
    [InlineData("segments/0f8fad5bd9cb469fa16570867728950e/00000000000000000042x")]
    [InlineData("segments/0f8fad5bd9cb469fa16570867728950e/0000000000000000004x")]
    [InlineData("segments/0f8fad5bd9cb469fa16570867728950e/-0000000000000000042")]
    [InlineData("segments/0f8fad5bd9cb469fa16570867728950e/99999999999999999999")]
    [InlineData("segments/0f8fad5bd9cb469fa16570867728950x/00000000000000000042")]
    [InlineData("segments/0f8fad5bd9cb469fa16570867728950e.00000000000000000042")]
    [InlineData("Segments/0f8fad5bd9cb469fa16570867728950e/00000000000000000042")]
    public void Nothing_else_is_a_segments_key(string key) => Assert.False(SegmentId.TryParse(key, out _));
}
