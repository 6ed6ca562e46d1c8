using System.Buffers;
using DisklessKafka.Agent.Memory;

namespace DisklessKafka.Agent.Tests.Read;

public sealed class SegmentBytesTests
{
    [Fact]
    public void Every_slice_of_scattered_memory_is_what_it_would_be_in_one_piece()
    {
        var whole = Enumerable.Range(0, 20).Select(i => (byte)i).ToArray();
        var bytes = new SegmentBytes(100, [whole.AsMemory(0, 1), whole.AsMemory(1, 7), whole.AsMemory(8, 2), whole.AsMemory(10, 10)], 20, free: null);
        for (var from = 0; from <= 20; from++)
            for (var to = from; to <= 20; to++)
                Assert.Equal(whole[from..to], bytes.Slice(100 + from, to - from).ToArray());
        Assert.Equal(whole, bytes.Sequence.ToArray());
    }

    [Fact]
    public void A_slice_outside_is_refused()
    {
        var bytes = new SegmentBytes(100, [new byte[10]], 10, free: null);
        Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Slice(99, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Slice(105, 6));
    }

    [Fact]
    public void The_last_lease_frees_the_memory_once_and_none_can_be_taken_afterwards()
    {
        var freed = 0;
        var bytes = new SegmentBytes(0, [new byte[1]], 1, _ => freed++);
        Assert.True(bytes.TryLease());
        bytes.Release();
        Assert.Equal(0, freed);
        bytes.Release();
        Assert.Equal(1, freed);
        Assert.False(bytes.TryLease());
        Assert.Throws<InvalidOperationException>(bytes.Release);
    }
}
