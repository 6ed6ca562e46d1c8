using System.Buffers;
using System.Text;
using DisklessKafka.Protocol.Records;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

public sealed class BatchBuilderTests
{
    public static TheoryData<CompressionCodec> Codecs => [.. Enum.GetValues<CompressionCodec>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_is_built_reads_back_the_same(CompressionCodec codec)
    {
        var batch = Samples.Mixed(codec);
        using var reader = new RecordReader(new ReadOnlySequence<byte>(batch));
        Assert.Equal(Samples.MixedRecords, Samples.ReadAll(reader));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Reading_does_not_depend_on_how_the_bytes_lie(CompressionCodec codec)
    {
        var batch = Samples.Mixed(codec);
        foreach (var size in new[] { 1, 2, 3, 61, 100 })
        {
            using var reader = new RecordReader(Bytes.Split(batch, size));
            Assert.Equal(Samples.MixedRecords, Samples.ReadAll(reader));
        }
    }

    [Fact]
    public void The_header_says_what_the_builder_was_told()
    {
        var batch = new BatchBuilder
        {
            BaseOffset = 77, PartitionLeaderEpoch = 3, ProducerId = 12345678901, ProducerEpoch = 9, BaseSequence = 100,
            IsTransactional = true, Compression = CompressionCodec.Gzip,
        }.Append(1000, null, [1]).Append(3000, null, [2]).Append(2000, null, [3]).Build();

        Assert.True(BatchHeader.TryRead(batch, out var header));
        Assert.Equal(batch.Length, header.SizeBytes);
        Assert.Equal((77, 79, 2, 3), (header.BaseOffset, header.LastOffset, header.LastOffsetDelta, header.RecordCount));
        Assert.Equal((3, BatchHeader.CurrentMagic), (header.PartitionLeaderEpoch, header.Magic));
        Assert.Equal((1000, 3000), (header.BaseTimestamp, header.MaxTimestamp));
        Assert.Equal((12345678901, 9, 100, 102), (header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.LastSequence));
        Assert.True(header.IsTransactional && header.HasProducerId && !header.IsControl && !header.HasLogAppendTime);
        Assert.Equal(CompressionCodec.Gzip, header.Compression);
        Assert.Equal(Crc32C.Compute(batch.AsSpan(21)), header.Crc);
    }

    [Fact]
    public void Sequences_wrap_from_the_largest_to_zero()
    {
        var builder = new BatchBuilder { ProducerId = 1, ProducerEpoch = 0, BaseSequence = int.MaxValue - 1 };
        for (var i = 0; i < 4; i++) builder.Append(0, null, null);
        Assert.True(BatchHeader.TryRead(builder.Build(), out var header));
        Assert.Equal(1, header.LastSequence);
    }

    [Fact]
    public void A_cleared_builder_begins_anew()
    {
        var builder = new BatchBuilder();
        var first = builder.Append(5, null, [1, 2, 3]).Build();
        builder.Clear();
        Assert.Equal(first, builder.Append(5, null, [1, 2, 3]).Build());
    }

    [Fact]
    public void One_plain_record_is_encoded_byte_for_byte_as_the_format_says()
    {
        var batch = new BatchBuilder().Append(0x0102030405060708, "k"u8.ToArray(), "v"u8.ToArray(), new RecordHeader("h", null)).Build();
        Assert.Equal(
            "0000000000000000" + "0000003D" + "00000000" + "02" + Convert.ToHexString(batch.AsSpan(17, 4)) + "0000" + "00000000"
            + "0102030405060708" + "0102030405060708" + "FFFFFFFFFFFFFFFF" + "FFFF" + "FFFFFFFF" + "00000001"
            + "16" + "00" + "00" + "00" + "026B" + "0276" + "02" + "0268" + "01",
            Convert.ToHexString(batch));
    }

    [Fact]
    public void Control_batches_read_as_markers()
    {
        var batch = new byte[ControlBatch.SizeBytes];
        ControlBatch.Write(batch, new TransactionMarker(IsCommit: true, ProducerId: 7, ProducerEpoch: 2, CoordinatorEpoch: 5), 40, 1, 1234);

        Assert.True(BatchHeader.TryRead(batch, out var header));
        Assert.True(header.IsControl && header.IsTransactional);
        Assert.Equal((40, 40, 7, (short)2, -1, 1), (header.BaseOffset, header.LastOffset, header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.RecordCount));
        Assert.Equal(ControlBatch.SizeBytes, header.SizeBytes);
        Assert.Equal(Crc32C.Compute(batch.AsSpan(21)), header.Crc);

        using var reader = new RecordReader(new ReadOnlySequence<byte>(batch));
        Assert.True(reader.MoveNext());
        Assert.Equal("00000001", Convert.ToHexString(reader.Current.Key));
        Assert.Equal("000000000005", Convert.ToHexString(reader.Current.Value));
        Assert.Equal(1234, reader.Current.TimestampMs);
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void Records_that_were_damaged_after_they_were_checked_are_an_exception()
    {
        var batch = new BatchBuilder().Append(0, null, Encoding.ASCII.GetBytes("some value")).Build();
        batch[61] = 0x7E; // a length far beyond the batch
        Assert.Throws<RecordFormatException>(() =>
        {
            using var reader = new RecordReader(new ReadOnlySequence<byte>(batch));
            reader.MoveNext();
        });
    }
}
