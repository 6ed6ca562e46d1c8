using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Protocol.Records;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

/// <summary>Records that lie about themselves inside batches whose header and checksum are right.</summary>
public sealed class HostileRecordTests
{
    private static readonly byte[] Good = Record(offsetDelta: 0, key: Bytes(1, 2), value: Bytes(3), headers: []);

    public static TheoryData<CompressionCodec> Codecs => [.. Enum.GetValues<CompressionCodec>()];

    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "negative record length", [.. Varint(-5), 0, 0, 0] },
        { "record length zero", [.. Varint(0)] },
        { "record length beyond the batch", [.. Varint(1000), .. Good[1..]] },
        { "record length 2^31-1", [.. Varint(int.MaxValue), .. Good[1..]] },
        { "record length one too long", [(byte)(Good[0] + 2), .. Good[1..], 0] },
        { "record length one too short", [(byte)(Good[0] - 2), .. Good[1..]] },
        { "key length below -1", Sized([0, 0, 0, .. Varint(-2), .. Varint(-1), 0]) },
        { "key length beyond the record", Sized([0, 0, 0, .. Varint(50), 1, .. Varint(-1), 0]) },
        { "key length 2^31-1", Sized([0, 0, 0, .. Varint(int.MaxValue), .. Varint(-1), 0]) },
        { "value length below -1", Sized([0, 0, 0, .. Varint(-1), .. Varint(-7), 0]) },
        { "value length beyond the record", Sized([0, 0, 0, .. Varint(-1), .. Varint(9), 0]) },
        { "negative header count", Sized([0, 0, 0, .. Varint(-1), .. Varint(-1), .. Varint(-1)]) },
        { "header count 2^30", Sized([0, 0, 0, .. Varint(-1), .. Varint(-1), .. Varint(1 << 30)]) },
        { "header with a null key", Sized([0, 0, 0, .. Varint(-1), .. Varint(-1), .. Varint(1), .. Varint(-1), .. Varint(-1)]) },
        { "header key beyond the record", Sized([0, 0, 0, .. Varint(-1), .. Varint(-1), .. Varint(1), .. Varint(60), 1]) },
        { "header value below -1", Sized([0, 0, 0, .. Varint(-1), .. Varint(-1), .. Varint(1), .. Varint(0), .. Varint(-2)]) },
        { "fields that end before the record", Sized([0, 0, 0, .. Varint(-1), .. Varint(-1), 0, 77, 77]) },
        { "length of six bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, .. Good] },
        { "length beyond 32 bits", [0xFE, 0xFF, 0xFF, 0xFF, 0x7F, .. Good] },
        { "time delta of eleven bytes", Sized([0, .. Enumerable.Repeat((byte)0x80, 10), 1, 0, .. Varint(-1), .. Varint(-1), 0]) },
        { "offset delta that is not the record's place", Record(offsetDelta: 1, key: null, value: null, headers: []) },
        { "negative offset delta", Record(offsetDelta: -1, key: null, value: null, headers: []) },
        { "nothing", [] },
        { "bytes behind the last record", [.. Good, 0] },
        { "another record behind the last", [.. Good, .. Record(offsetDelta: 1, key: null, value: null, headers: [])] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_record_is_refused_in_every_codec_and_split_at_every_byte(string what, byte[] records)
    {
        foreach (var codec in Enum.GetValues<CompressionCodec>())
        {
            var batch = Batch(records, 1, codec);
            for (var position = 61; position < batch.Length; position++)
                Assert.True(Check(Records.Bytes.SplitAt(batch, position)) == BatchStatus.InvalidRecord, $"{what}, {codec}, split at {position}");
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void The_record_the_malformed_ones_are_made_of_is_itself_valid(CompressionCodec codec) =>
        Assert.Equal(BatchStatus.Valid, Check(new ReadOnlySequence<byte>(Batch(Good, 1, codec))));

    [Fact]
    public void The_malformed_record_is_named()
    {
        byte[] records = [.. Good, .. Record(offsetDelta: 5, key: null, value: null, headers: [])];
        var status = BatchValidator.Validate(new ReadOnlySequence<byte>(Batch(records, 2, CompressionCodec.None)), new BatchRules(), Context, out var report);
        Assert.Equal(BatchStatus.InvalidRecord, status);
        Assert.Equal(1, Assert.Single(report.Errors).Index);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Random_records_never_crash_the_validator(CompressionCodec codec)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var records = Records.Bytes.Random(1 + (seed * 7 % 200), seed);
            Assert.Equal(BatchStatus.InvalidRecord, Check(new ReadOnlySequence<byte>(Batch(records, 3, codec))));
        }
    }

    /// <summary>Records in one piece are read by other code than those in several; both must see the same in anything.</summary>
    [Fact]
    public void Damaged_records_are_judged_the_same_however_their_bytes_lie()
    {
        byte[] records = [.. Record(0, Bytes(1, 2), Records.Bytes.Random(200), []), .. Record(1, null, Bytes(), []), .. Sized([0, 0, 4, 1, 1, 4, 2, 65, 2, 66, 0, 1])];
        var batch = Batch(records, 3, CompressionCodec.None);
        Assert.Equal(BatchStatus.Valid, Check(new ReadOnlySequence<byte>(batch)));
        var outcomes = new HashSet<BatchStatus>();
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var damaged = batch.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                // Values are long, so half of the damage is aimed at what surrounds them.
                var position = random.Next(2) == 0 ? random.Next(61, batch.Length) : random.Next(2) == 0 ? random.Next(61, 75) : random.Next(batch.Length - 25, batch.Length);
                damaged[position] = (byte)(random.Next(3) == 0 ? random.Next(256) : damaged[position] ^ (1 << random.Next(8)));
            }
            Reseal(damaged);
            var whole = Check(new ReadOnlySequence<byte>(damaged));
            Assert.Equal(whole, Check(Records.Bytes.Split(damaged, 1 + random.Next(40))));
            outcomes.Add(whole);
        }
        Assert.Equal([BatchStatus.Valid, BatchStatus.InvalidRecord], outcomes.Order().Where(status => status != BatchStatus.InvalidTimestamp));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Damaged_compressed_records_are_a_status_at_every_byte(CompressionCodec codec)
    {
        var batch = Samples.Plain(5, 50, codec);
        for (var position = 61; position < batch.Length; position++)
        {
            foreach (var mask in new byte[] { 0x01, 0x80, 0xFF })
            {
                var damaged = batch.ToArray();
                damaged[position] ^= mask;
                var status = Check(new ReadOnlySequence<byte>(Reseal(damaged)));
                // Damage to a value may decompress to another value: without a checksum of its own the codec cannot know.
                Assert.True(status is BatchStatus.Valid or BatchStatus.CorruptCompression or BatchStatus.InvalidRecord or BatchStatus.ExpandsTooFar, $"{status} at {position}");
            }
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Compressed_records_cut_off_anywhere_are_refused(CompressionCodec codec)
    {
        var batch = Samples.Plain(5, 50, codec);
        for (var length = 61; length < batch.Length; length++)
        {
            var cut = batch[..length];
            BinaryPrimitives.WriteInt32BigEndian(cut.AsSpan(8), length - 12);
            Assert.NotEqual(BatchStatus.Valid, Check(new ReadOnlySequence<byte>(Reseal(cut))));
        }
    }

    private static BatchContext Context => new(NowMs: 1_700_000_000_000, ApiVersion: 9, IsTransactional: false);

    private static BatchStatus Check(ReadOnlySequence<byte> batch) => BatchValidator.Validate(batch, new BatchRules(), Context, out _);

    private static byte[] Batch(byte[] records, int count, CompressionCodec codec)
    {
        var batch = new ArrayBufferWriter<byte>();
        batch.Write(new BatchBuilder { Compression = codec }.Append(0, null, null).Build().AsSpan(0, BatchHeader.HeaderBytes));
        Compression.Compress(codec, records, batch);
        var bytes = batch.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), bytes.Length - 12);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(23), count - 1);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(57), count);
        return Reseal(bytes);
    }

    private static byte[] Reseal(byte[] batch)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(21)));
        return batch;
    }

    private static byte[] Record(int offsetDelta, byte[]? key, byte[]? value, byte[] headers) =>
        Sized([0, 0, .. Varint(offsetDelta), .. Varint(key?.Length ?? -1), .. key ?? [], .. Varint(value?.Length ?? -1), .. value ?? [], .. Varint(headers.Length)]);

    private static byte[] Sized(byte[] body) => [.. Varint(body.Length), .. body];

    private static byte[] Bytes(params byte[] bytes) => bytes;

    private static byte[] Varint(long value)
    {
        var left = (ulong)(value << 1) ^ (ulong)(value >> 63);
        var bytes = new List<byte>();
        for (; left > 0x7F; left >>= 7) bytes.Add((byte)(left | 0x80));
        bytes.Add((byte)left);
        return [.. bytes];
    }
}
