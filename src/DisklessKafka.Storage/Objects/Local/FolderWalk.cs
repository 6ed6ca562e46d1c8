using System.Runtime.CompilerServices;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>
/// Lists keys in order, one folder at a time: memory is bounded by the entries of the folders on one path.
/// Folders that hold nothing of interest, for the prefix or because all in them was listed before, are not read.
/// </summary>
/// <param name="blockingIo">Reads the folders.</param>
internal sealed class FolderWalk(string root, string prefix, string? startAfter, TaskScheduler blockingIo)
{
    /// <summary>A folder's key ends in '/', which also sorts it among files as its contents do.</summary>
    private readonly record struct Entry(string Key, long Size, DateTimeOffset LastModified)
    {
        public bool IsFolder => Key is [] or [.., '/'];
    }

    public async IAsyncEnumerable<ObjectInfo> RunAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var pending = new Stack<Entry>();  // the next key on top
        pending.Push(new(prefix[..(prefix.LastIndexOf('/') + 1)], 0, default));
        while (pending.TryPop(out var next))
        {
            if (!next.IsFolder)
            {
                yield return new(next.Key, next.Size, next.LastModified);
                continue;
            }

            var entries = await Task.Factory.StartNew(
                () => Read(next.Key), cancellation, TaskCreationOptions.DenyChildAttach, blockingIo);
            entries.Sort((a, b) => string.CompareOrdinal(b.Key, a.Key));
            entries.ForEach(pending.Push);
        }
    }

    private List<Entry> Read(string folder)
    {
        var entries = new List<Entry>();
        try
        {
            foreach (var found in new DirectoryInfo($"{root}/{folder}").EnumerateFileSystemInfos())
            {
                // Names that no key can have are not ours: the folder of half-written files, an editor's leavings.
                if (ObjectKey.Problem(found.Name) is null && TryDescribe(folder, found) is { } entry)
                    entries.Add(entry);
            }
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception cause) when (LocalErrors.IsExpected(cause))
        {
            throw LocalErrors.Translate($"list objects under '{prefix}'", root, cause);
        }

        return entries;
    }

    private Entry? TryDescribe(string folder, FileSystemInfo found)
    {
        var key = folder + found.Name;
        try
        {
            return found switch
            {
                FileInfo file when IsWanted(key) => new(key, file.Length, file.LastWriteTimeUtc),
                DirectoryInfo when MayHoldWanted(key + '/') => new(key + '/', 0, default),
                _ => null,
            };
        }
        catch (FileNotFoundException)
        {
            return null;  // deleted since the folder was read
        }
    }

    private bool IsWanted(string key) =>
        key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(key, startAfter) > 0;

    private bool MayHoldWanted(string folder) =>
        (folder.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(folder, StringComparison.Ordinal))
        && (startAfter is null || string.CompareOrdinal(folder, startAfter) > 0 || startAfter.StartsWith(folder, StringComparison.Ordinal));
}
