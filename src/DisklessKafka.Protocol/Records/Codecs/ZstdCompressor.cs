using System.Buffers;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>One zstd frame.</summary>
internal static unsafe class ZstdCompressor
{
    // zstd's own default and Kafka's.
    private const int Level = 3;

    public static void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        var target = destination.GetSpan(checked((int)ZstdNative.CompressBound((nuint)source.Length)));
        nuint written;
        fixed (byte* from = source, to = target)
            written = ZstdNative.Compress(to, (nuint)target.Length, from, (nuint)source.Length, Level);
        if (ZstdNative.IsError(written) != 0) throw new InvalidOperationException($"libzstd error {ZstdNative.GetErrorCode(written)} while compressing");
        destination.Advance((int)written);
    }
}
