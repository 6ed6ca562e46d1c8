using System.Globalization;
using System.Runtime.InteropServices;

namespace DisklessKafka.Chaos.Cluster;

/// <summary>A file system of a fixed size in memory, so that a full disk can be had without filling the machine's. Needs root.</summary>
internal sealed partial class SmallDisk : IDisposable
{
    public const long Bytes = 1L << 30;
    private const int Detach = 2; // MNT_DETACH: also where a process that was just killed still holds a file

    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <exception cref="InvalidOperationException">This process may not mount.</exception>
    public static SmallDisk Mount(string folder)
    {
        Directory.CreateDirectory(folder);
        var size = string.Create(CultureInfo.InvariantCulture, $"size={Bytes}");
        return Mount("tmpfs", folder, "tmpfs", 0, size) == 0
            ? new SmallDisk(folder)
            : throw new InvalidOperationException($"cannot mount a small disk at '{folder}': {Marshal.GetLastPInvokeErrorMessage()}; faults on the embedded store need root");
    }

    /// <summary>Takes all space that is left.</summary>
    public void Fill()
    {
        var chunk = new byte[1 << 20];
        try
        {
            using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
                file.Write(chunk);
        }
        catch (IOException)
        {
            // Full: what was wanted.
        }
    }

    public void Free() => File.Delete(Ballast);

    public void Dispose() => _ = Unmount(Folder, Detach);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmount(string target, int flags);
}
