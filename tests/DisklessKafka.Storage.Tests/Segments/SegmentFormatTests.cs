using System.Buffers.Binary;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Segments;
using Xunit;

namespace DisklessKafka.Storage.Tests.Segments;

public sealed class SegmentFormatTests
{
    /// <summary>
    /// The bytes of format 1 in a file, made once. If this fails, either the change of the format was not meant, or the
    /// version must be raised and readers must keep reading the old one.
    /// </summary>
    [Fact]
    public void The_format_is_byte_for_byte_the_golden_file()
    {
        var golden = Golden();
        var built = SegmentSamples.Build(SegmentSamples.Batches.Where(batch => !IsCompressed(batch.Batch)));
        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(built));
    }

    [Fact]
    public void The_golden_file_reads_as_what_it_was_made_of()
    {
        var golden = Golden();
        var index = SegmentIndex.TryRead(golden, golden.Length, out _)!;
        Assert.Equal(SegmentSamples.Id, index.Id);
        Assert.Equal(2, index.Extents.Length);
        Assert.Equal(
            new SegmentExtent
            {
                Topic = SegmentSamples.First, Partition = 0, Position = 16, LengthBytes = 255, OffsetCount = 6, BatchCount = 3,
                MinTimestampMs = 500, MaxTimestampMs = 2001, IdempotentCount = 2,
            },
            index.Extents[0]);
    }

    [Fact]
    public void An_index_reads_back_what_the_builder_was_given()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        var index = SegmentIndex.TryRead(segment, segment.Length, out _)!;

        var position = (long)SegmentFormat.HeaderBytes;
        foreach (var extent in index.Extents)
        {
            Assert.Equal(position, extent.Position);
            var batches = SegmentSamples.Batches.Where(batch => batch.Topic == extent.Topic && batch.Partition == extent.Partition).Select(batch => batch.Batch).ToArray();
            var headers = batches.Select(Header).ToArray();
            Assert.Equal(batches.Sum(batch => (long)batch.Length), extent.LengthBytes);
            Assert.Equal((headers.Length, headers.Sum(header => (long)header.RecordCount)), (extent.BatchCount, extent.OffsetCount));
            Assert.Equal((headers.Min(header => header.BaseTimestamp), headers.Max(header => header.MaxTimestamp)), (extent.MinTimestampMs, extent.MaxTimestampMs));
            var at = position;
            var expected = new List<IdempotentBatch>();
            foreach (var header in headers)
            {
                if (header.HasProducerId)
                    expected.Add(new(at, header.RecordCount, header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.IsTransactional));
                at += header.SizeBytes;
            }
            Assert.Equal(expected, index.IdempotentBatchesOf(extent).ToArray());
            position = at;
        }
        Assert.Equal(3, index.Extents.Length);
        Assert.Equal(position, index.IndexPosition);
    }

    [Fact]
    public void A_segment_without_batches_is_a_segment()
    {
        var segment = SegmentSamples.Build([]);
        Assert.Equal(0, SegmentIndex.TryRead(segment, segment.Length, out _)!.Extents.Length);
    }

    [Fact]
    public void Extents_in_any_order_read_back()
    {
        var batches = SegmentSamples.Batches.Reverse().Concat(SegmentSamples.Batches).ToArray();
        var segment = SegmentSamples.Build(batches);
        Assert.Equal(5, SegmentIndex.TryRead(segment, segment.Length, out _)!.Extents.Length); // the partition in the middle goes on
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_index_and_footer_is_noticed()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        var indexPosition = (int)SegmentIndex.TryRead(segment, segment.Length, out _)!.IndexPosition;
        for (var position = indexPosition; position < segment.Length; position++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var damaged = segment.ToArray();
                damaged[position] ^= (byte)(1 << bit);
                Assert.Throws<SegmentFormatException>(() => SegmentIndex.TryRead(damaged, damaged.Length, out _));
            }
        }
    }

    [Fact]
    public void A_segment_cut_off_anywhere_or_with_bytes_added_is_noticed()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        for (var length = 0; length < segment.Length; length++)
            Assert.Throws<SegmentFormatException>(() => SegmentIndex.TryRead(segment.AsMemory(0, length), length, out _));
        byte[] longer = [.. segment, 0];
        Assert.Throws<SegmentFormatException>(() => SegmentIndex.TryRead(longer, longer.Length, out _));
        Assert.Throws<SegmentFormatException>(() => SegmentIndex.TryRead(segment, segment.Length + 1, out _));
    }

    [Fact]
    public void A_tail_too_short_for_the_index_says_what_it_needs()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        Assert.Null(SegmentIndex.TryRead(segment.AsMemory(segment.Length - 70), segment.Length, out var needed));
        Assert.Equal(segment.Length - (int)SegmentIndex.TryRead(segment, segment.Length, out var nothing)!.IndexPosition, needed);
        Assert.Equal(0, nothing);
        Assert.NotNull(SegmentIndex.TryRead(segment.AsMemory(segment.Length - needed), segment.Length, out _));
    }

    [Fact]
    public void A_newer_format_is_refused_by_name()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        var footer = segment.AsSpan(segment.Length - 64);
        BinaryPrimitives.WriteUInt16BigEndian(footer[44..], 2);
        BinaryPrimitives.WriteUInt32BigEndian(footer[52..], Crc32C.Compute(footer[..52]));
        var exception = Assert.Throws<SegmentFormatException>(() => SegmentIndex.TryRead(segment, segment.Length, out _));
        Assert.Contains("format 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_lies_behind_right_checksums_is_refused_or_read_without_harm()
    {
        var segment = SegmentSamples.Build(SegmentSamples.Batches);
        var indexPosition = (int)SegmentIndex.TryRead(segment, segment.Length, out _)!.IndexPosition;
        var indexLength = segment.Length - 64 - indexPosition;
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var hostile = segment.ToArray();
            var index = hostile.AsSpan(indexPosition, indexLength);
            for (var changes = random.Next(1, 4); changes > 0; changes--) index[random.Next(indexLength)] = (byte)random.Next(256);
            Reseal(hostile, index);
            try
            {
                var read = SegmentIndex.TryRead(hostile, hostile.Length, out _)!;
                Assert.Equal(indexPosition, read.Extents[^1].Position + read.Extents[^1].LengthBytes);
            }
            catch (SegmentFormatException)
            {
            }
        }
    }

    [Theory]
    [InlineData("FFFFFFFF0F")] // 2^32-1 topics
    [InlineData("01" + "00000000000000000000000000000000" + "FFFFFFFF07")] // 2^31-1 extents
    [InlineData("01" + "00000000000000000000000000000000" + "01" + "00" + "FFFFFFFFFFFFFFFFFF01" + "01" + "01" + "00" + "00" + "00")] // 2^64-1 bytes
    [InlineData("01" + "00000000000000000000000000000000" + "01" + "00" + "01" + "01" + "01" + "00" + "00" + "FFFFFFFF07")] // 2^31-1 idempotent batches
    public void Hostile_counts_take_no_memory(string hex)
    {
        var index = Convert.FromHexString(hex);
        byte[] segment = [.. SegmentFormat.Header.Span, .. index, .. new byte[64]];
        new SegmentFooter(SegmentSamples.Id, 16, index.Length, 1, Crc32C.Compute(index)).Write(segment.AsSpan(^64));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SegmentFormatException>(() => SegmentIndex.TryRead(segment, segment.Length, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    [Fact]
    public void Batches_that_nobody_validated_are_not_indexed()
    {
        Assert.True(BatchHeader.TryRead(SegmentSamples.Batch(1, 0, producerId: 5, sequence: -1), out var header));
        Assert.Throws<ArgumentException>(() => new SegmentIndexBuilder(SegmentSamples.Id).Add(SegmentSamples.First, 0, header));
    }

    private static byte[] Golden()
    {
        using var stream = typeof(SegmentFormatTests).Assembly.GetManifestResourceStream("segment-v1.hex")
            ?? throw new InvalidOperationException("the golden file is not in the test assembly");
        using var reader = new StreamReader(stream);
        return Convert.FromHexString(reader.ReadToEnd().ReplaceLineEndings(""));
    }

    // Compressed bytes are the library's, which may change with its version; the golden file does without.
    private static bool IsCompressed(byte[] batch) => Header(batch).Compression != CompressionCodec.None;

    private static BatchHeader Header(byte[] batch) =>
        BatchHeader.TryRead(batch, out var header) ? header : throw new InvalidOperationException("not a batch");

    private static void Reseal(byte[] segment, ReadOnlySpan<byte> index)
    {
        var footer = segment.AsSpan(segment.Length - 64);
        BinaryPrimitives.WriteUInt32BigEndian(footer[40..], Crc32C.Compute(index));
        BinaryPrimitives.WriteUInt32BigEndian(footer[52..], Crc32C.Compute(footer[..52]));
    }
}
