using System.Buffers;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Protocol.Records.Codecs;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

public sealed class DecompressionLimitTests
{
    public static TheoryData<CompressionCodec> Codecs => [.. Enum.GetValues<CompressionCodec>().Skip(1)];

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_bomb_is_a_status_and_never_held_in_memory(CompressionCodec codec)
    {
        var limits = new DecompressionLimits { FloorBytes = 1 << 20, MaxRatio = 10 };
        var bomb = new BatchBuilder { Compression = codec }.Append(0, null, new byte[64 << 20]).Build();
        var batch = new ReadOnlySequence<byte>(bomb);
        var rules = new BatchRules { Limits = limits };
        Validate(batch, rules); // fills the pools

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(BatchStatus.ExpandsTooFar, Validate(batch, rules));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300 << 10);
    }

    [Fact]
    public void A_snappy_block_that_claims_more_than_it_can_hold_is_refused_before_any_memory_is_taken()
    {
        byte[] block = [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, 1]; // 2^31-1 bytes in seven
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(DecompressionStatus.Corrupt, Compression.Decompress(CompressionCodec.Snappy, new ReadOnlySequence<byte>(block), DecompressionLimits.Default, output));
    }

    [Fact]
    public void Snappy_beyond_the_limit_is_too_large()
    {
        foreach (var isFramed in new[] { true, false })
        {
            var compressed = new ArrayBufferWriter<byte>();
            if (isFramed) Compression.Compress(CompressionCodec.Snappy, new byte[100_000], compressed);
            else compressed.Advance(SnappyBlock.Encode(new byte[100_000], compressed.GetSpan(SnappyBlock.MaxEncodedBytes(100_000))));
            var input = new ReadOnlySequence<byte>(compressed.WrittenMemory);
            var output = new ArrayBufferWriter<byte>();
            Assert.Equal(DecompressionStatus.TooLarge, Compression.Decompress(CompressionCodec.Snappy, input, Limit(99_999), output));
            Assert.Equal(DecompressionStatus.Ok, Compression.Decompress(CompressionCodec.Snappy, input, Limit(100_000), output));
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void The_limit_is_exact(CompressionCodec codec)
    {
        var compressed = new ArrayBufferWriter<byte>();
        Compression.Compress(codec, Bytes.Text(200_000), compressed);
        var input = new ReadOnlySequence<byte>(compressed.WrittenMemory);
        Assert.Equal(DecompressionStatus.Ok, Compression.Decompress(codec, input, Limit(200_000), new ArrayBufferWriter<byte>()));
        Assert.Equal(DecompressionStatus.TooLarge, Compression.Decompress(codec, input, Limit(199_999), new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void The_limit_follows_the_input_between_floor_and_ceiling()
    {
        var limits = new DecompressionLimits { FloorBytes = 1000, MaxRatio = 10, CeilingBytes = 5000 };
        Assert.Equal((1000, 2000, 5000), (limits.MaxOutputBytes(1), limits.MaxOutputBytes(200), limits.MaxOutputBytes(100_000)));
    }

    [Fact]
    public void A_zstd_window_beyond_the_limit_is_refused()
    {
        var input = new ReadOnlySequence<byte>(Convert.FromBase64String(Foreign.Zstd22Streaming)); // asks for 2^27
        var limits = new DecompressionLimits { MaxZstdWindowLog = 26 };
        Assert.Equal(DecompressionStatus.TooLarge, Compression.Decompress(CompressionCodec.Zstd, input, limits, new ArrayBufferWriter<byte>()));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_decompressor_works_again_after_any_failure(CompressionCodec codec)
    {
        var compressed = new ArrayBufferWriter<byte>();
        Compression.Compress(codec, Foreign.Text, compressed);
        for (var cut = 0; cut < compressed.WrittenCount; cut++)
        {
            Decompress(codec, compressed.WrittenMemory[..cut]);
            Assert.Equal(Foreign.Text, Decompress(codec, compressed.WrittenMemory));
        }
    }

    [Theory]
    [InlineData("1F8B0808000000000003")] // a name that never ends
    [InlineData("1F8B0804000000000003FFFF")] // an extra field that never comes
    [InlineData("1F8B0800000000000003")] // no block
    public void A_gzip_header_without_content_ends(string header)
    {
        var output = new ArrayBufferWriter<byte>();
        Compression.Decompress(CompressionCodec.Gzip, new ReadOnlySequence<byte>(Convert.FromHexString(header)), DecompressionLimits.Default, output);
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Every_codec_is_available_here(CompressionCodec codec) =>
        Assert.True(Compression.IsAvailable(codec, out var problem), problem);

    [Fact]
    public void An_unknown_codec_is_not_available()
    {
        Assert.False(Compression.IsAvailable((CompressionCodec)5, out var problem));
        Assert.NotNull(problem);
    }

    private static DecompressionLimits Limit(long bytes) => new() { FloorBytes = bytes, CeilingBytes = bytes };

    private static BatchStatus Validate(ReadOnlySequence<byte> batch, BatchRules rules) =>
        BatchValidator.Validate(batch, rules, new BatchContext(0, 9, false), out _);

    private static byte[] Decompress(CompressionCodec codec, ReadOnlyMemory<byte> input)
    {
        var output = new ArrayBufferWriter<byte>();
        Compression.Decompress(codec, new ReadOnlySequence<byte>(input), DecompressionLimits.Default, output);
        return output.WrittenSpan.ToArray();
    }
}
