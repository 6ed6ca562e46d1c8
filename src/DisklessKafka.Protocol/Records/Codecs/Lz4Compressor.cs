using System.Buffers;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>One lz4 frame.</summary>
internal static unsafe class Lz4Compressor
{
    // Java's consumer refuses frames whose blocks depend on one another; 64 KiB blocks are what Java's producer writes.
    private static readonly Lz4Native.Preferences Preferences = new() { BlockMode = 1, BlockSizeId = 4 };

    public static void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        var bound = Lz4Native.CompressFrameBound((nuint)source.Length, Preferences);
        var target = destination.GetSpan(checked((int)bound));
        nuint written;
        fixed (byte* from = source, to = target)
            written = Lz4Native.CompressFrame(to, (nuint)target.Length, from, (nuint)source.Length, Preferences);
        if (Lz4Native.IsError(written) != 0) throw new InvalidOperationException("liblz4 did not compress into a buffer of the size it asked for");
        destination.Advance((int)written);
    }
}
