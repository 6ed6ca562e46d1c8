using System.Runtime.InteropServices;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>The functions of libzstd used here (zstd.h, all of its stable interface). Sizes are size_t; a size may be an error code.</summary>
internal static unsafe partial class ZstdNative
{
    /// <summary>ZSTD_reset_session_only.</summary>
    public const int ResetSession = 1;

    /// <summary>ZSTD_d_windowLogMax.</summary>
    public const int WindowLogMax = 100;

    /// <summary>ZSTD_error_frameParameter_windowTooLarge.</summary>
    public const int WindowTooLarge = 16;

    /// <summary>ZSTD_error_memory_allocation.</summary>
    public const int MemoryAllocation = 64;

    static ZstdNative() => NativeLibraries.EnsureResolver();

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_isError")]
    public static partial uint IsError(nuint code);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_getErrorCode")]
    public static partial int GetErrorCode(nuint code);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_createDCtx")]
    public static partial nint CreateDecompressionContext();

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_freeDCtx")]
    public static partial nuint FreeDecompressionContext(nint context);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_DCtx_reset")]
    public static partial nuint ResetDecompressionContext(nint context, int directive);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_DCtx_setParameter")]
    public static partial nuint SetDecompressionParameter(nint context, int parameter, int value);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_sizeof_DCtx")]
    public static partial nuint SizeOfDecompressionContext(nint context);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_decompressStream")]
    public static partial nuint DecompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_compressBound")]
    public static partial nuint CompressBound(nuint sourceBytes);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_compress")]
    public static partial nuint Compress(byte* destination, nuint destinationBytes, byte* source, nuint sourceBytes, int level);

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which are laid out alike.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Bytes;
        public nuint Size;
        public nuint Position;
    }
}
