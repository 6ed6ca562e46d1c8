using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// Finds the native codecs under the names that platforms give them, when they are first called.
/// Debian's come with a version in the name, which the runtime does not try by itself.
/// </summary>
internal static class NativeLibraries
{
    public const string Lz4 = "lz4";
    public const string Zstd = "zstd";

    /// <summary>Must be called before the first call into either library; calling it again does nothing.</summary>
    public static void EnsureResolver() => RuntimeHelpers.RunClassConstructor(typeof(Resolver).TypeHandle);

    /// <returns>Null if the library can be loaded.</returns>
    public static string? WhyUnavailable(string library) => TryLoad(library, out _) ? null : Explain(library);

    private static string Explain(string library)
    {
        var names = string.Join(", ", CandidateNames(library));
        var package = library == Lz4 ? "liblz4-1" : "libzstd1";
        return $"{library} compression needs a native library (tried {names}): install Debian's package {package} or your system's equal";
    }

    private static bool TryLoad(string library, out nint handle)
    {
        foreach (var name in CandidateNames(library))
        {
            if (NativeLibrary.TryLoad(name, out handle)) return true;
        }
        handle = 0;
        return false;
    }

    private static string[] CandidateNames(string library) => (library, OperatingSystem.IsWindows(), OperatingSystem.IsMacOS()) switch
    {
        (_, true, _) => [$"lib{library}.dll", $"{library}.dll"],
        (_, _, true) => [$"lib{library}.1.dylib", $"/opt/homebrew/lib/lib{library}.1.dylib", $"/usr/local/lib/lib{library}.1.dylib"],
        _ => [$"lib{library}.so.1", $"lib{library}.so"],
    };

    private static class Resolver
    {
        static Resolver() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, static (library, _, _) =>
        {
            if (library is not (Lz4 or Zstd)) return 0; // not ours: the runtime's own search goes on
            return TryLoad(library, out var handle) ? handle : throw new CompressionUnavailableException(Explain(library));
        });
    }
}
