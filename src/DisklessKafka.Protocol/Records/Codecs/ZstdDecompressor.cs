using System.Runtime.InteropServices;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>zstd frames. The window's memory is touched only as far as output fills it, and a large one is not kept.</summary>
internal sealed unsafe class ZstdDecompressor : StreamingDecompressor
{
    // A window of 8 MiB, what levels up to 19 use, and the buffers around it.
    private const int KeptContextBytes = 9 << 20;

    private readonly Context _context = new();

    public override CompressionCodec Codec => CompressionCodec.Zstd;

    public override bool IsReusable => ZstdNative.SizeOfDecompressionContext(_context.DangerousGetHandle()) <= KeptContextBytes;

    public int MaxWindowLog { get; set; } = 27;

    public override void Destroy() => _context.Dispose();

    protected override void Reset()
    {
        var handle = _context.DangerousGetHandle();
        _ = ZstdNative.ResetDecompressionContext(handle, ZstdNative.ResetSession);
        if (ZstdNative.IsError(ZstdNative.SetDecompressionParameter(handle, ZstdNative.WindowLogMax, MaxWindowLog)) != 0)
            throw new InvalidOperationException($"libzstd does not take a window of 2^{MaxWindowLog} bytes as its limit");
    }

    protected override DecompressionStatus Step(
        ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int produced, out bool isFrameOpen)
    {
        fixed (byte* from = source, to = destination)
        {
            var input = new ZstdNative.Buffer { Bytes = from, Size = (nuint)source.Length };
            var output = new ZstdNative.Buffer { Bytes = to, Size = (nuint)destination.Length };
            var hint = ZstdNative.DecompressStream(_context.DangerousGetHandle(), &output, &input);
            consumed = (int)input.Position;
            produced = (int)output.Position;
            isFrameOpen = hint != 0;
            return ZstdNative.IsError(hint) == 0 ? DecompressionStatus.Ok : StatusOf(ZstdNative.GetErrorCode(hint));
        }
    }

    private static DecompressionStatus StatusOf(int error) =>
        error is ZstdNative.WindowTooLarge or ZstdNative.MemoryAllocation ? DecompressionStatus.TooLarge : DecompressionStatus.Corrupt;

    private sealed class Context : SafeHandle
    {
        public Context() : base(0, ownsHandle: true)
        {
            SetHandle(ZstdNative.CreateDecompressionContext());
            if (IsInvalid) throw new InsufficientMemoryException("libzstd cannot make a context");
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => ZstdNative.FreeDecompressionContext(handle) == 0;
    }
}
