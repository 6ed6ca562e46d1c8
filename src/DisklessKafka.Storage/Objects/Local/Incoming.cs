using System.Globalization;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>
/// Where half-written objects live: numbered slots under <c>.incoming</c> in the store's root (the same file system, so
/// that a finished object only has to be renamed). Each open store holds the lock of one slot. The kernel drops the lock
/// when the process ends, however it ends, so what lies in an unlocked slot was left behind and nobody writes it any more.
/// Several processes may share the root.
/// </summary>
internal sealed class Incoming : IDisposable
{
    public const string FolderName = ".incoming";

    private readonly string _slot;
    private readonly FileStream _held;
    private long _files;

    private Incoming(string slot, FileStream held) => (_slot, _held) = (slot, held);

    /// <summary>Takes the first free slot and empties all that are free.</summary>
    public static Incoming Claim(string root)
    {
        var folder = Path.Combine(root, FolderName);
        Directory.CreateDirectory(folder);
        Incoming? mine = null;
        for (var number = 0; ; number++)
        {
            var slot = Path.Combine(folder, number.ToString(CultureInfo.InvariantCulture));
            if (mine is not null && !Directory.Exists(slot))
                return mine;
            Directory.CreateDirectory(slot);
            if (TryLock(slot) is not { } held)
                continue;
            Empty(slot);
            if (mine is null)
                mine = new(slot, held);
            else
                held.Dispose();
        }
    }

    /// <returns>A path that no other call was given.</returns>
    public string NewPath() =>
        Path.Combine(_slot, Interlocked.Increment(ref _files).ToString(CultureInfo.InvariantCulture));

    public void Dispose() => _held.Dispose();

    private static string LockPath(string slot) => Path.Combine(slot, "lock");

    private static FileStream? TryLock(string slot)
    {
        try
        {
            // No sharing is an exclusive flock here: it conflicts also between two stores of one process.
            return new FileStream(LockPath(slot), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(LockPath(slot)))
        {
            return null;
        }
    }

    private static void Empty(string slot)
    {
        foreach (var path in Directory.EnumerateFiles(slot))
        {
            if (path != LockPath(slot))
                File.Delete(path);
        }
    }
}
