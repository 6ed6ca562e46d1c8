using System.Buffers;
using DisklessKafka.Protocol;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Segments;
using Xunit;

namespace DisklessKafka.Storage.Tests.Segments;

public sealed class SegmentReaderTests
{
    [Fact]
    public async Task Every_batch_comes_back_as_it_was_written()
    {
        var store = await SegmentSamples.StoreAsync(SegmentSamples.Build(SegmentSamples.Batches));
        var reader = await SegmentReader.OpenAsync(store, SegmentSamples.Id, CancellationToken.None);
        await reader.VerifyAsync(CancellationToken.None);
        Assert.Equal(SegmentSamples.Batches.Select(batch => batch.Batch), await ReadAllAsync(reader));
    }

    [Fact]
    public async Task A_small_segment_opens_with_one_read()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        var store = await SegmentSamples.StoreAsync(segment);
        await SegmentReader.OpenAsync(store, SegmentSamples.Id, segment.Length, CancellationToken.None);
        Assert.Equal(1, store.Counts.Reads);
    }

    [Fact]
    public async Task An_index_longer_than_the_first_read_takes_a_second()
    {
        var batch = SegmentSamples.Batch(1, 1000, producerId: 1L << 40, sequence: 1 << 30);
        var batches = Enumerable.Range(0, 5000).Select(partition => (SegmentSamples.First, partition, batch)).ToArray();
        var segment = SegmentSamples.Build(batches);
        var store = await SegmentSamples.StoreAsync(segment);
        var reader = await SegmentReader.OpenAsync(store, SegmentSamples.Id, segment.Length, CancellationToken.None);
        Assert.Equal(5000, reader.Index.Extents.Length);
        Assert.Equal(2, store.Counts.Reads);
        await reader.VerifyAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Batches_and_extents_larger_than_a_read_come_back()
    {
        (TopicId, int, byte[])[] batches =
        [
            (SegmentSamples.First, 0, SegmentSamples.Batch(3, 0, valueBytes: 600_000)),
            (SegmentSamples.First, 0, SegmentSamples.Batch(1, 0, valueBytes: 10)),
            (SegmentSamples.First, 0, SegmentSamples.Batch(1, 0, valueBytes: 3_000_000)),
            .. Enumerable.Range(0, 200).Select(i => (SegmentSamples.First, 0, SegmentSamples.Batch(1, 0, valueBytes: 10_000 + i))),
        ];
        var reader = await SegmentReader.OpenAsync(await SegmentSamples.StoreAsync(SegmentSamples.Build(batches)), SegmentSamples.Id, CancellationToken.None);
        Assert.Equal(batches.Select(batch => batch.Item3), await ReadAllAsync(reader));
    }

    [Fact]
    public async Task A_part_of_an_extent_is_read_and_never_its_neighbour()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        var reader = await SegmentReader.OpenAsync(await SegmentSamples.StoreAsync(segment), SegmentSamples.Id, CancellationToken.None);
        var extent = reader.Index.Extents[1];
        var buffer = new byte[10_000];
        var read = await reader.ReadAsync(extent, 7, buffer, CancellationToken.None);
        Assert.Equal(extent.LengthBytes - 7, read);
        Assert.Equal(segment.AsSpan((int)extent.Position + 7, read).ToArray(), buffer[..read]);
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_the_object_fails_the_check()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        for (var position = 0; position < segment.Length; position++)
        {
            var damaged = segment.ToArray();
            damaged[position] ^= 0x20;
            var isStart = IsBaseOffsetOrLeaderEpoch(position);
            var store = await SegmentSamples.StoreAsync(damaged);
            var exception = await Record.ExceptionAsync(async () =>
                await (await SegmentReader.OpenAsync(store, SegmentSamples.Id, CancellationToken.None)).VerifyAsync(CancellationToken.None));
            Assert.True(exception is SegmentFormatException || (exception is null && isStart), $"byte {position}: {exception}");
        }
    }

    [Fact]
    public async Task An_object_under_another_segments_key_is_refused()
    {
        var other = SegmentSamples.Id with { Sequence = 43 };
        var store = await SegmentSamples.StoreAsync(SegmentSamples.Build(SegmentSamples.Batches), other);
        await Assert.ThrowsAsync<SegmentFormatException>(async () => await SegmentReader.OpenAsync(store, other, CancellationToken.None));
    }

    [Fact]
    public async Task A_missing_segment_is_told_from_a_damaged_one()
    {
        var store = await SegmentSamples.StoreAsync(SegmentSamples.Build(SegmentSamples.Batches));
        var missing = SegmentSamples.Id with { Sequence = 4 };
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await SegmentReader.OpenAsync(store, missing, CancellationToken.None));
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await SegmentReader.OpenAsync(store, missing, 1000, CancellationToken.None));
    }

    [Fact]
    public async Task An_index_that_lies_about_a_batch_fails_the_check()
    {
        var truth = SegmentSamples.Batches.ToArray();
        var lie = truth.ToArray();
        lie[1] = lie[1] with { Batch = SegmentSamples.Batch(records: 1, timestampMs: 500, producerId: 7, sequence: 5) };
        var segment = SegmentSamples.Build(truth);
        var indexPosition = (int)SegmentIndex.TryRead(segment, segment.Length, out _)!.IndexPosition;
        byte[] mixed = [.. SegmentSamples.Build(lie).AsSpan(0, indexPosition), .. segment.AsSpan(indexPosition)];
        var reader = await SegmentReader.OpenAsync(await SegmentSamples.StoreAsync(mixed), SegmentSamples.Id, CancellationToken.None);
        await Assert.ThrowsAsync<SegmentFormatException>(async () => await reader.VerifyAsync(CancellationToken.None));
    }

    // The two fields that lie outside a batch's checksum, because readers patch them.
    private static bool IsBaseOffsetOrLeaderEpoch(int position)
    {
        var start = SegmentFormat.HeaderBytes;
        foreach (var (_, _, batch) in SegmentSamples.Batches)
        {
            if (position >= start && position < start + batch.Length) return position - start is < 8 or (>= 12 and < 16);
            start += batch.Length;
        }
        return false;
    }

    private static async Task<List<byte[]>> ReadAllAsync(SegmentReader reader)
    {
        var batches = new List<byte[]>();
        for (var i = 0; i < reader.Index.Extents.Length; i++)
        {
            await foreach (var batch in reader.ReadBatchesAsync(reader.Index.Extents[i], CancellationToken.None)) batches.Add(batch.ToArray());
        }
        return batches;
    }
}
