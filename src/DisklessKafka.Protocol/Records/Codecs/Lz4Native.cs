using System.Runtime.InteropServices;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>The frame functions of liblz4 (lz4frame.h). Sizes are size_t; a size may be an error code.</summary>
internal static unsafe partial class Lz4Native
{
    /// <summary>LZ4F_VERSION: the version of the interface, not of the library.</summary>
    public const uint InterfaceVersion = 100;

    static Lz4Native() => NativeLibraries.EnsureResolver();

    [LibraryImport(NativeLibraries.Lz4, EntryPoint = "LZ4F_isError")]
    public static partial uint IsError(nuint code);

    [LibraryImport(NativeLibraries.Lz4, EntryPoint = "LZ4F_createDecompressionContext")]
    public static partial nuint CreateDecompressionContext(out nint context, uint version);

    [LibraryImport(NativeLibraries.Lz4, EntryPoint = "LZ4F_freeDecompressionContext")]
    public static partial nuint FreeDecompressionContext(nint context);

    [LibraryImport(NativeLibraries.Lz4, EntryPoint = "LZ4F_resetDecompressionContext")]
    public static partial void ResetDecompressionContext(nint context);

    [LibraryImport(NativeLibraries.Lz4, EntryPoint = "LZ4F_decompress")]
    public static partial nuint Decompress(nint context, byte* destination, ref nuint destinationBytes, byte* source, ref nuint sourceBytes, void* options);

    [LibraryImport(NativeLibraries.Lz4, EntryPoint = "LZ4F_compressFrameBound")]
    public static partial nuint CompressFrameBound(nuint sourceBytes, in Preferences preferences);

    [LibraryImport(NativeLibraries.Lz4, EntryPoint = "LZ4F_compressFrame")]
    public static partial nuint CompressFrame(byte* destination, nuint destinationBytes, byte* source, nuint sourceBytes, in Preferences preferences);

    /// <summary>LZ4F_preferences_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Preferences
    {
        public int BlockSizeId;
        public int BlockMode;
        public int ContentChecksumFlag;
        public int FrameType;
        public ulong ContentSize;
        public uint DictionaryId;
        public int BlockChecksumFlag;
        public int CompressionLevel;
        public uint AutoFlush;
        public uint FavorDecompressionSpeed;
        public uint Reserved0;
        public uint Reserved1;
        public uint Reserved2;
    }
}
