using System.Buffers;
using System.Text;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Protocol.Records.Codecs;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

/// <summary>What others wrote is read here, and what is written here others read: a misread format cannot agree with itself.</summary>
public sealed class InteropTests
{
    public static TheoryData<CompressionCodec, string> Batches => new()
    {
        { CompressionCodec.None, Foreign.BatchNone },
        { CompressionCodec.Gzip, Foreign.BatchGzip },
        { CompressionCodec.Snappy, Foreign.BatchSnappy },
        { CompressionCodec.Lz4, Foreign.BatchLz4 },
        { CompressionCodec.Zstd, Foreign.BatchZstd },
    };

    public static TheoryData<CompressionCodec, string> Texts => new()
    {
        { CompressionCodec.Gzip, Foreign.GzipToolTwoMembers },
        { CompressionCodec.Snappy, Foreign.SnappyBare },
        { CompressionCodec.Snappy, Foreign.SnappyXerialKafka },
        { CompressionCodec.Lz4, Foreign.Lz4LinkedContentChecksum },
        { CompressionCodec.Lz4, Foreign.Lz4BlockChecksumTwoFrames },
        { CompressionCodec.Zstd, Foreign.ZstdSizeChecksum },
        { CompressionCodec.Zstd, Foreign.Zstd22Streaming },
        { CompressionCodec.Zstd, Foreign.ZstdTwoFrames },
    };

    [Theory]
    [MemberData(nameof(Batches))]
    public void Batches_of_kafka_python_are_valid_and_read_back(CompressionCodec codec, string base64)
    {
        var batch = Convert.FromBase64String(base64);
        foreach (var size in new[] { batch.Length, 3 })
        {
            var sequence = Bytes.Split(batch, size);
            Assert.Equal(BatchStatus.Valid, BatchValidator.Validate(sequence, new BatchRules(), new BatchContext(1_700_000_000_000, 9, false), out var report));
            Assert.Equal(codec, report.Header.Compression);
            Assert.Equal((4711L, (short)3, 17, 20), (report.Header.ProducerId, report.Header.ProducerEpoch, report.Header.BaseSequence, report.Header.RecordCount));
            using var reader = new RecordReader(sequence);
            Assert.Equal(Enumerable.Range(0, 20).Select(Expected), Samples.ReadAll(reader));
        }
    }

    [Fact]
    public void The_same_records_are_built_to_the_same_bytes_as_kafka_python_builds()
    {
        var builder = new BatchBuilder { ProducerId = 4711, ProducerEpoch = 3, BaseSequence = 17 };
        for (var i = 0; i < 20; i++) builder.Append(Time(i), Key(i), Value(i), Headers(i));
        Assert.Equal(Foreign.BatchNone, Convert.ToBase64String(builder.Build()));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_form_of_a_codecs_frames_is_read_split_at_every_byte(CompressionCodec codec, string base64)
    {
        var compressed = Convert.FromBase64String(base64);
        for (var position = 0; position <= compressed.Length; position++)
        {
            var text = new ArrayBufferWriter<byte>();
            var status = Compression.Decompress(codec, Bytes.SplitAt(compressed, position), DecompressionLimits.Default, text);
            Assert.Equal(DecompressionStatus.Ok, status);
            Assert.Equal(Foreign.Text, text.WrittenSpan.ToArray());
        }
    }

    [Fact]
    public void Stored_gzip_blocks_are_read()
    {
        var text = new ArrayBufferWriter<byte>();
        var input = new ReadOnlySequence<byte>(Convert.FromBase64String(Foreign.GzipStored));
        Assert.Equal(DecompressionStatus.Ok, Compression.Decompress(CompressionCodec.Gzip, input, DecompressionLimits.Default, text));
        Assert.Equal(Foreign.Text[..200], text.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(60)]
    [InlineData(61)]
    [InlineData(257)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(300_000)]
    public void Snappy_blocks_agree_with_IronSnappy_both_ways(int length)
    {
        foreach (var data in new[] { Bytes.Random(length), Bytes.Text(length), new byte[length] })
        {
            var encoded = new byte[SnappyBlock.MaxEncodedBytes(length)];
            var ours = encoded[..SnappyBlock.Encode(data, encoded)];
            Assert.Equal(data, IronSnappy.Snappy.Decode(ours));

            foreach (var block in new[] { ours, IronSnappy.Snappy.Encode(data) })
            {
                Assert.True(SnappyBlock.TryReadLength(block, out var decodedLength, out var prefixBytes));
                var decoded = new byte[decodedLength];
                Assert.True(SnappyBlock.TryDecode(block.AsSpan(prefixBytes), decoded));
                Assert.Equal(data, decoded);
            }
        }
    }

    [Fact]
    public void Compressible_text_shrinks_in_every_codec()
    {
        foreach (var codec in Enum.GetValues<CompressionCodec>().Skip(1))
        {
            var compressed = new ArrayBufferWriter<byte>();
            Compression.Compress(codec, Foreign.Text, compressed);
            Assert.InRange(compressed.WrittenCount, 1, Foreign.Text.Length / 5);
        }
    }

    private static long Time(int i) => 1_700_000_000_000 + (i * 10);
    private static byte[]? Key(int i) => i % 3 == 0 ? null : Encoding.ASCII.GetBytes($"key-{i}");
    private static byte[]? Value(int i) => i == 7 ? null : Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"the quick brown fox {i} ", 5)));
    private static RecordHeader[] Headers(int i) => i % 2 == 0 ? [] : [new RecordHeader($"h{i}", Encoding.ASCII.GetBytes(new string('x', i)))];

    private static SampleRecord Expected(int i) => Samples.Record(Time(i), Key(i), Value(i), Headers(i));
}
