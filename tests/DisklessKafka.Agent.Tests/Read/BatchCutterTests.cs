using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Tests.Read;

public sealed class BatchCutterTests
{
    private readonly byte[] _bytes;
    private readonly int[] _sizes;
    private readonly Extent _extent;

    public BatchCutterTests()
    {
        byte[][] batches = [Batch(3), Batch(1), Batch(4)];
        _sizes = [.. batches.Select(batch => batch.Length)];
        _bytes = [.. batches.SelectMany(batch => batch)];
        _extent = new Extent(BaseOffset: 100, MaxTimestampMs: 0, SegmentSequence: 0, SegmentSession: 1, OffsetCount: 8, Position: 0, _bytes.Length);
    }

    [Theory]
    [InlineData(100, new long[] { 100, 103, 104 })]
    [InlineData(102, new long[] { 100, 103, 104 })] // inside the first batch: it is returned whole
    [InlineData(103, new long[] { 103, 104 })]
    [InlineData(107, new long[] { 104 })]
    public void Batches_that_hold_the_offset_or_follow_it_are_cut_with_their_offsets(long offset, long[] expected) =>
        Assert.Equal(expected, Cut(offset, limit: 108, budget: long.MaxValue, mustGiveOne: false));

    [Fact]
    public void Nothing_at_or_past_the_limit_is_given() => Assert.Equal([100L, 103L], Cut(100, limit: 104, budget: long.MaxValue, mustGiveOne: false));

    [Fact]
    public void A_batch_past_the_budget_ends_the_cut() => Assert.Equal([100L, 103L], Cut(100, 108, _sizes[0] + _sizes[1], mustGiveOne: true));

    [Fact]
    public void The_first_batch_is_given_whatever_its_size_where_one_must_be() => Assert.Equal([100L], Cut(100, 108, budget: 1, mustGiveOne: true));

    [Fact]
    public void Without_that_need_a_small_budget_gives_nothing() => Assert.Empty(Cut(100, 108, budget: 1, mustGiveOne: false));

    [Fact]
    public void Bytes_that_are_no_batches_are_never_served()
    {
        _bytes[8] = 0x7f; // the first batch claims two gigabytes
        Assert.Throws<InvalidDataException>(() => Cut(100, 108, long.MaxValue, mustGiveOne: false));
    }

    private long[] Cut(long offset, long limit, long budget, bool mustGiveOne)
    {
        using var records = new FetchedRecords();
        BatchCutter.Cut(_extent, new ReadOnlySequence<byte>(_bytes), offset, limit, ref budget, mustGiveOne, records);
        var written = new ArrayBufferWriter<byte>();
        records.WriteTo(written);
        Assert.Equal(records.Length, written.WrittenCount);
        var offsets = new List<long>();
        for (var rest = written.WrittenSpan; rest.Length > 0;)
        {
            Assert.True(BatchHeader.TryRead(rest, out var header));
            Assert.Equal(-1, header.PartitionLeaderEpoch);
            Assert.Equal(header.Crc, Crc32C.Compute(rest[21..header.SizeBytes]));
            offsets.Add(BinaryPrimitives.ReadInt64BigEndian(rest));
            rest = rest[header.SizeBytes..];
        }

        return [.. offsets];
    }

    private static byte[] Batch(int records)
    {
        var builder = new BatchBuilder();
        for (var i = 0; i < records; i++) builder.Append(i, null, new byte[10 * records]);
        return builder.Build();
    }
}
