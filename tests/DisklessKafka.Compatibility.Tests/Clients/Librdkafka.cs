using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace DisklessKafka.Peers;

/// <summary>Points Confluent.Kafka, and our own imports, at the librdkafka that <c>scripts/install</c> built.</summary>
public static class Librdkafka
{
    /// <summary>The name under which it is imported, by Confluent.Kafka too.</summary>
    public const string Name = "librdkafka";

    private const string Version = "2.15.1"; // what this Confluent.Kafka was made for; scripts/install builds the same
    private static readonly Lazy<string> Loaded = new(LoadOnce);

    /// <summary>Must come before the first use of Confluent.Kafka. Calls after the first do nothing.</summary>
    /// <returns>The library's own version.</returns>
    /// <exception cref="FileNotFoundException">It has not been built.</exception>
    public static string Load() => Loaded.Value;

    private static string LoadOnce()
    {
        var path = Path.Combine(CacheFolder(), $"librdkafka-{Version}", "lib", "librdkafka.so.1");
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{path}' is missing: run scripts/install");
        var library = NativeLibrary.Load(path);
        DllImportResolver resolve = (name, _, _) => name == Name ? library : IntPtr.Zero;
        NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, resolve);
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), resolve);
        return Library.VersionString;
    }

    /// <summary>The same rule as in <c>scripts/lib.sh</c>.</summary>
    private static string CacheFolder() =>
        Variable("DISKLESSKAFKA_CACHE") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(Variable("HOME") ?? "/tmp", ".cache"), "disklesskafka");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
