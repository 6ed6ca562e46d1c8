using System.Runtime.InteropServices;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>lz4 frames. A context holds at most two blocks of the largest size, 4 MiB.</summary>
internal sealed unsafe class Lz4Decompressor : StreamingDecompressor
{
    private readonly Context _context = new();

    public override CompressionCodec Codec => CompressionCodec.Lz4;

    public override void Destroy() => _context.Dispose();

    protected override void Reset() => Lz4Native.ResetDecompressionContext(_context.DangerousGetHandle());

    protected override DecompressionStatus Step(
        ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int produced, out bool isFrameOpen)
    {
        nuint sourceBytes = (nuint)source.Length, destinationBytes = (nuint)destination.Length, hint;
        fixed (byte* from = source, to = destination)
            hint = Lz4Native.Decompress(_context.DangerousGetHandle(), to, ref destinationBytes, from, ref sourceBytes, null);
        var isError = Lz4Native.IsError(hint) != 0;
        consumed = isError ? 0 : (int)sourceBytes;
        produced = isError ? 0 : (int)destinationBytes;
        isFrameOpen = hint != 0;
        return isError ? DecompressionStatus.Corrupt : DecompressionStatus.Ok;
    }

    private sealed class Context : SafeHandle
    {
        public Context() : base(0, ownsHandle: true)
        {
            var result = Lz4Native.CreateDecompressionContext(out var created, Lz4Native.InterfaceVersion);
            if (Lz4Native.IsError(result) != 0) throw new InsufficientMemoryException("liblz4 cannot make a context");
            SetHandle(created);
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => Lz4Native.FreeDecompressionContext(handle) == 0;
    }
}
