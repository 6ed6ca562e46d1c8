using System.Collections.Concurrent;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>
/// Makes folders whose own names survive a crash. A file is only as durable as every folder name above it, and a
/// folder's name lives in its parent.
/// </summary>
internal sealed class DurableFolders(string root)
{
    // One entry for each folder that this store wrote to: the log, the snapshots, its own session.
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Creates the root with all that is missing above it.</summary>
    public static void CreateRoot(string root)
    {
        if (Directory.Exists(root))
            return;
        var parent = Path.GetDirectoryName(root);
        if (parent is not null)
            CreateRoot(parent);
        Directory.CreateDirectory(root);
        if (parent is not null)
            Libc.SyncFolder(parent);
    }

    /// <summary>After this the folder exists and will after a crash.</summary>
    public void Ensure(string folder)
    {
        if (folder == root || _known.ContainsKey(folder))
            return;
        var parent = Path.GetDirectoryName(folder)!;
        Ensure(parent);
        Directory.CreateDirectory(folder);
        // Also where the folder was there already: another process may have made it and not synced it yet.
        Libc.SyncFolder(parent);
        _known.TryAdd(folder, true);
    }

    /// <summary>Someone deleted folders behind our back: look again from the root down.</summary>
    public void Forget() => _known.Clear();
}
