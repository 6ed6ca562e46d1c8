using System.Buffers;
using DisklessKafka.Protocol.Records;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

public sealed class BatchPatchTests
{
    [Fact]
    public void A_base_offset_leaves_the_checksum_right()
    {
        var batch = Samples.Plain(3, 100);
        BatchPatch.SetBaseOffset(batch.AsSpan(0, 16), 123_456_789_012, 7);
        Assert.True(BatchHeader.TryRead(batch, out var header));
        Assert.Equal((123_456_789_012, 123_456_789_014, 7), (header.BaseOffset, header.LastOffset, header.PartitionLeaderEpoch));
        Assert.Equal(Crc32C.Compute(batch.AsSpan(21)), header.Crc);
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    public void The_brokers_time_reaches_every_record_and_the_checksum_follows(CompressionCodec codec)
    {
        var batch = Samples.Mixed(codec);
        BatchPatch.SetLogAppendTime(batch.AsSpan(0, BatchHeader.HeaderBytes), 1_800_000_000_000);

        Assert.True(BatchHeader.TryRead(batch, out var header));
        Assert.True(header.HasLogAppendTime);
        Assert.Equal(codec, header.Compression);
        Assert.Equal(Crc32C.Compute(batch.AsSpan(21)), header.Crc);
        using var reader = new RecordReader(new ReadOnlySequence<byte>(batch));
        Assert.All(Samples.ReadAll(reader), record => Assert.Equal(1_800_000_000_000, record.TimestampMs));
    }

    [Fact]
    public void A_corrected_maximum_timestamp_changes_nothing_else()
    {
        var batch = Samples.Mixed(CompressionCodec.None);
        var patched = batch.ToArray();
        BatchPatch.SetMaxTimestamp(patched, 42);
        Assert.True(BatchHeader.TryRead(patched, out var header));
        Assert.Equal(42, header.MaxTimestamp);
        Assert.False(header.HasLogAppendTime);
        Assert.Equal(Crc32C.Compute(patched.AsSpan(21)), header.Crc);
        BatchPatch.SetMaxTimestamp(patched, 1_700_000_100_000);
        Assert.Equal(batch, patched);
    }

    [Fact]
    public void A_header_is_read_only_from_enough_bytes_with_a_possible_length()
    {
        var batch = Samples.Plain(1, 10);
        for (var length = 0; length < BatchHeader.HeaderBytes; length++)
        {
            Assert.False(BatchHeader.TryRead(batch.AsSpan(0, length), out _));
            Assert.True(BatchHeader.TryRead(Bytes.SplitAt(batch, length), out var header));
            Assert.Equal(batch.Length, header.SizeBytes);
        }
        foreach (var length in new[] { int.MinValue, -1, 0, 48, int.MaxValue })
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), length);
            Assert.False(BatchHeader.TryRead(batch, out _));
        }
    }
}
