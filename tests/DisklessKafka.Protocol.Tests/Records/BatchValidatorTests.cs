using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Protocol.Records;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

public sealed class BatchValidatorTests
{
    private const long Now = 1_700_000_200_000;

    private static readonly BatchRules Rules = new() { MaxMessageBytes = 2 << 20 };

    private static readonly BatchContext Plain = new(Now, ApiVersion: 9, IsTransactional: false);

    public static TheoryData<CompressionCodec> Codecs => [.. Enum.GetValues<CompressionCodec>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_valid_batch_is_valid_however_its_bytes_lie(CompressionCodec codec)
    {
        var batch = Samples.Mixed(codec);
        foreach (var size in new[] { batch.Length, 1, 2, 7, 60, 61, 62, 4096 })
        {
            Assert.Equal(BatchStatus.Valid, BatchValidator.Validate(Bytes.Split(batch, size), Rules, Plain, out var report));
            Assert.Equal(5, report.Header.RecordCount);
            Assert.Equal(1_700_000_100_000, report.MaxTimestampMs);
            Assert.Empty(report.Errors);
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_batch_cut_off_anywhere_is_no_whole_batch(CompressionCodec codec)
    {
        var batch = Samples.Plain(3, 40, codec);
        for (var length = 0; length < batch.Length; length++)
            Assert.Equal(BatchStatus.NoWholeBatch, Check(batch[..length]));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_flipped_bit_anywhere_is_noticed(CompressionCodec codec)
    {
        var batch = Samples.Plain(3, 40, codec);
        for (var position = 0; position < batch.Length; position++)
        {
            if (position is >= 12 and < 16) continue; // the leader epoch is not the producer's to set and outside the checksum
            var damaged = batch.ToArray();
            damaged[position] ^= 0x10;
            Assert.NotEqual(BatchStatus.Valid, Check(damaged));
            if (position >= 21) Assert.True(Check(damaged) is BatchStatus.ChecksumMismatch or BatchStatus.UnsupportedCompression);
        }
    }

    [Fact]
    public void A_wrong_checksum_is_told_from_everything_else()
    {
        var batch = Samples.Plain(3, 40);
        batch[17] ^= 1;
        Assert.Equal(BatchStatus.ChecksumMismatch, Check(batch));
    }

    [Theory]
    [InlineData(48)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void An_impossible_length_is_told_from_a_cut_off_batch(int batchLength) =>
        Assert.Equal(BatchStatus.ImpossibleLength, Check(Change(Samples.Plain(1, 10), 8, batchLength)));

    [Theory]
    [InlineData(0, BatchStatus.OldFormat)]
    [InlineData(1, BatchStatus.OldFormat)]
    [InlineData(3, BatchStatus.UnknownFormat)]
    [InlineData(-1, BatchStatus.UnknownFormat)]
    public void Only_format_two_is_taken(sbyte magic, BatchStatus expected)
    {
        var batch = Samples.Plain(1, 10);
        batch[16] = (byte)magic;
        Assert.Equal(expected, Check(batch));
    }

    [Fact]
    public void Nothing_at_all_is_no_batch() => Assert.Equal(BatchStatus.NoWholeBatch, Check([]));

    [Fact]
    public void Bytes_behind_the_batch_are_refused_even_if_they_are_a_batch()
    {
        var batch = Samples.Plain(1, 10);
        Assert.Equal(BatchStatus.SeveralBatches, Check([.. batch, .. batch]));
        Assert.Equal(BatchStatus.SeveralBatches, Check([.. batch, 0]));
    }

    [Fact]
    public void A_base_offset_is_the_brokers_to_give() =>
        Assert.Equal(BatchStatus.NonZeroBaseOffset, Check(new BatchBuilder { BaseOffset = 1 }.Append(Now, null, [1]).Build()));

    [Fact]
    public void The_largest_message_is_measured_as_compressed()
    {
        var builder = new BatchBuilder { Compression = CompressionCodec.Zstd };
        for (var i = 0; i < 100; i++) builder.Append(Now, null, new byte[10_000]);
        var batch = builder.Build();
        var sequence = new ReadOnlySequence<byte>(batch);
        Assert.Equal(BatchStatus.Valid, BatchValidator.Validate(sequence, Rules with { MaxMessageBytes = batch.Length }, Plain, out _));
        Assert.Equal(BatchStatus.TooLarge, BatchValidator.Validate(sequence, Rules with { MaxMessageBytes = batch.Length - 1 }, Plain, out _));
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(-5, -6)]
    [InlineData(3, 1)]
    [InlineData(int.MaxValue, 2)]
    [InlineData(int.MinValue, int.MaxValue)]
    public void The_record_count_must_be_positive_and_agree_with_the_offsets(int count, int lastOffsetDelta)
    {
        var batch = Samples.Plain(3, 10);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), lastOffsetDelta);
        Assert.Equal(BatchStatus.WrongRecordCount, Check(Change(batch, 57, count)));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_huge_record_count_that_agrees_with_itself_costs_nothing(CompressionCodec codec)
    {
        var batch = Samples.Plain(3, 10, codec);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), int.MaxValue - 1);
        Assert.Equal(BatchStatus.InvalidRecord, Check(Change(batch, 57, int.MaxValue)));
    }

    [Fact]
    public void A_control_batch_of_a_producer_is_refused() =>
        Assert.Equal(BatchStatus.ControlBatch, Check(SetAttributes(Samples.Plain(1, 10), BatchAttributes.Control)));

    [Fact]
    public void The_brokers_time_stamp_cannot_be_claimed() =>
        Assert.Equal(BatchStatus.InvalidTimestamp, Check(SetAttributes(Samples.Plain(1, 10), BatchAttributes.LogAppendTime)));

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void An_unknown_codec_is_a_status(int codec) =>
        Assert.Equal(BatchStatus.UnsupportedCompression, Check(SetAttributes(Samples.Plain(1, 10), (BatchAttributes)codec)));

    [Theory]
    [InlineData(3, BatchStatus.UnsupportedCompression)]
    [InlineData(6, BatchStatus.UnsupportedCompression)]
    [InlineData(7, BatchStatus.Valid)]
    public void Zstd_needs_version_seven(short version, BatchStatus expected) =>
        Assert.Equal(expected, Check(Samples.Plain(1, 10, CompressionCodec.Zstd), context: Plain with { ApiVersion = version }));

    [Theory]
    [InlineData(0, -1, BatchStatus.IncompleteProducer)]
    [InlineData(-1, 0, BatchStatus.IncompleteProducer)]
    [InlineData(0, 0, BatchStatus.Valid)]
    public void A_producer_id_needs_an_epoch_and_a_sequence(short epoch, int sequence, BatchStatus expected) =>
        Assert.Equal(expected, Check(new BatchBuilder { ProducerId = 1, ProducerEpoch = epoch, BaseSequence = sequence }.Append(Now, null, [1]).Build()));

    [Fact]
    public void Transactional_batches_need_a_producer_and_a_transactional_request()
    {
        var batch = new BatchBuilder { ProducerId = 1, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true }.Append(Now, null, [1]).Build();
        Assert.Equal(BatchStatus.UnexpectedTransaction, Check(batch));
        Assert.Equal(BatchStatus.Valid, Check(batch, context: Plain with { IsTransactional = true }));
        var anonymous = new BatchBuilder { IsTransactional = true }.Append(Now, null, [1]).Build();
        Assert.Equal(BatchStatus.IncompleteProducer, Check(anonymous, context: Plain with { IsTransactional = true }));
    }

    [Theory]
    [InlineData(Now + 3_600_000, BatchStatus.Valid)]
    [InlineData(Now + 3_600_001, BatchStatus.InvalidTimestamp)]
    [InlineData(Now - 1000, BatchStatus.Valid)]
    [InlineData(Now - 1001, BatchStatus.InvalidTimestamp)]
    [InlineData(-1L, BatchStatus.Valid)]
    [InlineData(long.MaxValue, BatchStatus.InvalidTimestamp)]
    public void Times_must_lie_within_the_topics_bounds(long timestamp, BatchStatus expected)
    {
        var batch = new BatchBuilder().Append(timestamp, null, [1]).Build();
        Assert.Equal(expected, Check(batch, Rules with { MaxAgeMs = 1000 }));
        Assert.Equal(BatchStatus.Valid, Check(batch, Rules with { MaxAgeMs = 1000, IsLogAppendTime = true }));
    }

    [Fact]
    public void Any_age_is_allowed_by_default() =>
        Assert.Equal(BatchStatus.Valid, Check(new BatchBuilder().Append(0, null, [1]).Build()));

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_compacted_topic_names_every_record_without_a_key(CompressionCodec codec)
    {
        var batch = new BatchBuilder { Compression = codec }
            .Append(Now, [1], [1]).Append(Now, null, [1]).Append(Now, [], [1]).Append(Now, null, null).Build();
        Assert.Equal(BatchStatus.Valid, Check(batch));
        var status = BatchValidator.Validate(new ReadOnlySequence<byte>(batch), Rules with { RequiresKeys = true }, Plain, out var report);
        Assert.Equal(BatchStatus.MissingKey, status);
        Assert.Equal([1, 3], report.Errors.Select(error => error.Index));
        Assert.All(report.Errors, error => Assert.NotEmpty(error.Message));
    }

    [Fact]
    public void An_answer_does_not_grow_with_the_number_of_bad_records()
    {
        var builder = new BatchBuilder();
        for (var i = 0; i < 5000; i++) builder.Append(Now, null, null);
        BatchValidator.Validate(new ReadOnlySequence<byte>(builder.Build()), Rules with { RequiresKeys = true }, Plain, out var report);
        Assert.Equal(100, report.Errors.Count);
    }

    [Fact]
    public void A_wrong_maximum_timestamp_is_found_out()
    {
        var batch = new BatchBuilder().Append(Now, null, [1]).Append(Now + 50, null, [1]).Build();
        BatchPatch.SetMaxTimestamp(batch, 5);
        Assert.Equal(BatchStatus.Valid, BatchValidator.Validate(new ReadOnlySequence<byte>(batch), Rules, Plain, out var report));
        Assert.Equal((5, Now + 50), (report.Header.MaxTimestamp, report.MaxTimestampMs));
    }

    [Fact]
    public void The_cheap_level_stops_before_the_records()
    {
        var batch = Reseal(Samples.Plain(3, 10), bytes => bytes[61] = 0x7E);
        Assert.Equal(BatchStatus.Valid, BatchValidator.CheckBatch(new ReadOnlySequence<byte>(batch), Rules, Plain, out var header));
        Assert.Equal(3, header.RecordCount);
        Assert.Equal(BatchStatus.InvalidRecord, Check(batch));
    }

    private static BatchStatus Check(byte[] batch, BatchRules? rules = null, BatchContext? context = null)
    {
        var whole = BatchValidator.Validate(new ReadOnlySequence<byte>(batch), rules ?? Rules, context ?? Plain, out _);
        var split = BatchValidator.Validate(Bytes.Split(batch, 5), rules ?? Rules, context ?? Plain, out _);
        Assert.Equal(whole, split);
        return whole;
    }

    private static byte[] Change(byte[] batch, int position, int value) =>
        position < 21
            ? Write(batch.ToArray(), position, value)
            : Reseal(batch, bytes => BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(position), value));

    private static byte[] Write(byte[] bytes, int position, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(position), value);
        return bytes;
    }

    private static byte[] SetAttributes(byte[] batch, BatchAttributes attributes) =>
        Reseal(batch, bytes => BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(21), (short)attributes));

    /// <summary>Changes a batch and makes its checksum right again, as a hostile producer would.</summary>
    private static byte[] Reseal(byte[] batch, Action<byte[]> change)
    {
        var changed = batch.ToArray();
        change(changed);
        BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(17), Crc32C.Compute(changed.AsSpan(21)));
        return changed;
    }
}
