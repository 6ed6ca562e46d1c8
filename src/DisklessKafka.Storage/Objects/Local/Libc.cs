using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>What .NET's file API leaves out: syncing a folder, a name that is taken by exactly one caller, a file's absence without an exception.</summary>
/// <remarks><see cref="File.Move(string, string)"/> looks first and renames then, so two callers may both win.</remarks>
internal static partial class Libc
{
    private const int Enoent = 2, Eacces = 13, Eexist = 17;
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x100_0000 : 0x8_0000;

    /// <summary>Makes the names in the folder durable; what the files hold has to be synced on its own.</summary>
    /// <exception cref="IOException">The folder cannot be opened or synced.</exception>
    public static void SyncFolder(string path)
    {
        using var folder = Open(path, CloseOnExec);  // and O_RDONLY, which is 0
        if (folder.IsInvalid || Fsync(folder) != 0)
            throw LastError($"cannot sync the folder '{path}'");
    }

    /// <returns>Null if nothing has this name; a folder opens as well as a file.</returns>
    /// <exception cref="IOException">Anything else went wrong.</exception>
    public static SafeFileHandle? TryOpenToRead(string path)
    {
        var file = Open(path, CloseOnExec);
        if (!file.IsInvalid) return file;
        var isAbsent = Marshal.GetLastPInvokeError() == Enoent;
        file.Dispose();
        return isAbsent ? null : throw LastError($"cannot open '{path}'");
    }

    /// <summary>Gives the file a second name unless that name is taken.</summary>
    /// <returns>False if it is taken.</returns>
    /// <exception cref="IOException">Anything else went wrong.</exception>
    public static bool TryLink(string existing, string added)
    {
        if (Link(existing, added) == 0)
            return true;
        if (Marshal.GetLastPInvokeError() == Eexist)
            return false;
        throw LastError($"cannot create '{added}'");
    }

    /// <summary>Tells the kernel that it need not keep the file in memory. Advice: nothing depends on it, and where it is not to be had nothing happens.</summary>
    public static void DropFromPageCache(SafeFileHandle file)
    {
        const int DontNeed = 4; // POSIX_FADV_DONTNEED on Linux
        if (OperatingSystem.IsLinux()) _ = PosixFadvise(file, 0, 0, DontNeed);
    }

    // As .NET's own file API does it: the HResult is the errno, and a lack of permission is an exception of its own.
    private static Exception LastError(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno == Eacces) return new UnauthorizedAccessException(what);
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string added);
}
