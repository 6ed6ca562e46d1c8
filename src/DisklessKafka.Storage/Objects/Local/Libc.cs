using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>What .NET's file API leaves out: syncing a folder, a name that is taken by exactly one caller, a file's absence without an exception.</summary>
/// <remarks><see cref="File.Move(string, string)"/> looks first and renames then, so two callers may both win.</remarks>
internal static partial class Libc
{
    private const int Enoent = 2, Eacces = 13, Eexist = 17;
    private const int GetStatusFlags = 3, SetStatusFlags = 4;  // of fcntl
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

    /// <summary>Turns the page cache off or on for what is written through this handle from here on.</summary>
    /// <returns>False where system or file system cannot do without it.</returns>
    public static bool TrySetDirect(SafeFileHandle file, bool isDirect)
    {
        if (DirectFlag == 0) return false;
        var flags = Fcntl(file, GetStatusFlags, 0);
        return flags >= 0 && Fcntl(file, SetStatusFlags, isDirect ? flags | DirectFlag : flags & ~DirectFlag) == 0;
    }

    // O_DIRECT, which Linux numbers by architecture; 0 where it is not known.
    private static readonly int DirectFlag = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x1_0000,
        _ => 0,
    };

    /// <summary>Asks for huge pages: memory that is handed to a device again and again is then handed over in few pieces. Advice, as above.</summary>
    public static unsafe void AskForHugePages(void* memory, nuint bytes)
    {
        const int HugePage = 14; // MADV_HUGEPAGE on Linux
        if (OperatingSystem.IsLinux()) _ = Madvise(memory, bytes, HugePage);
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

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static unsafe partial int Madvise(void* memory, nuint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string added);
}
