using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DisklessKafka.Load;

/// <summary>How the yardstick writes its files: a broker is held against the fastest of these.</summary>
internal enum FileWay
{
    /// <summary>Through the page cache, and left in it.</summary>
    Cached,

    /// <summary>Through the page cache, which is told after the sync that it need not keep them.</summary>
    Dropped,

    /// <summary>Past the page cache, the whole file at once from memory that the disk takes as it is.</summary>
    Direct,
}

/// <summary>Creates, writes and syncs a file with as little around that as can be.</summary>
internal static unsafe partial class SyncedFile
{
    private const int GetStatusFlags = 3, SetStatusFlags = 4, DontNeed = 4; // of fcntl and posix_fadvise, Linux
    private const int Alignment = 2 << 20;

    public static void Write(string path, ReadOnlySpan<byte> content, FileWay way)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        if (way is FileWay.Direct && Fcntl(file, SetStatusFlags, Fcntl(file, GetStatusFlags, 0) | DirectFlag) != 0)
            throw new IOException("this file system does not write past the page cache");
        RandomAccess.Write(file, content, 0);
        RandomAccess.FlushToDisk(file);
        if (way is FileWay.Dropped)
            _ = PosixFadvise(file, 0, 0, DontNeed);
    }

    /// <summary>For the rest of the process, beginning on a boundary of huge pages.</summary>
    public static Memory<byte> AlignedMemory(int bytes) => new Unmanaged(NativeMemory.AlignedAlloc((nuint)bytes, Alignment), bytes).Memory;

    private static int DirectFlag => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 0x1_0000 : 0x4000;

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(SafeFileHandle file, long offset, long length, int advice);

    private sealed class Unmanaged(void* memory, int bytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(memory, bytes);

        public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)memory + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
