using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace DisklessKafka.Storage.Objects.Local;

/// <summary>
/// Objects as files under one folder: the key is the path. Linux and macOS; several processes may share the folder.
/// </summary>
/// <remarks>
/// An object is written under a private name, synced, given its own name in one step, and then the folder is synced:
/// at no moment, crash included, can a half-written object be seen, and when a write returns it survives a power cut.
/// Only for an instant between the last two steps can a reader see an object that a power cut would still take away.
/// No file stays open between calls: a kept handle would go on reading an object that another process has replaced or
/// deleted, and opening one costs microseconds.
/// A key cannot be both an object and the folder of another ("a" and "a/b"), unlike in S3.
/// </remarks>
public sealed class LocalObjectStore : IObjectStore
{
    private readonly string _root;
    private readonly TaskScheduler _blockingIo;
    private readonly Incoming _incoming;
    private readonly DurableFolders _folders;
    private readonly DirectWriter _direct;

    private LocalObjectStore(string root, TaskScheduler blockingIo, Incoming incoming, DirectWriter direct)
    {
        (_root, _blockingIo, _incoming, _direct) = (root, blockingIo, incoming, direct);
        _folders = new(root);
    }

    /// <summary>Creates what is missing of the folder and clears away what killed processes left half-written.</summary>
    /// <param name="blockingIo">Runs every call that may block in the kernel: a <see cref="BlockingIoScheduler"/>,
    /// or in a simulation whatever drives it.</param>
    /// <exception cref="ObjectStoreException">The folder cannot be used; the message says why.</exception>
    public static LocalObjectStore Open(string directory, TaskScheduler blockingIo) => Open(directory, blockingIo, new DirectWriter());

    /// <param name="direct">Disposed with the store.</param>
    internal static LocalObjectStore Open(string directory, TaskScheduler blockingIo, DirectWriter direct)
    {
        if (OperatingSystem.IsWindows())
            throw new ObjectStoreException("a directory as object store needs Linux or macOS (on Windows use WSL, or an s3:// URL)", isTransient: false);
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        try
        {
            DurableFolders.CreateRoot(root);
            return new(root, blockingIo, Incoming.Claim(root), direct);
        }
        catch (Exception cause) when (LocalErrors.IsExpected(cause))
        {
            throw LocalErrors.Translate($"use the directory '{root}' as object store", root, cause);
        }
    }

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
        await WriteAsync(key, content, replace: true, cancellation);

    public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
        WriteAsync(key, content, replace: false, cancellation);

    public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
    {
        var path = PathOf(key);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return await OnBlockingIo(() => TryRead(key, path, position, destination), cancellation);
    }

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, CancellationToken cancellation)
    {
        ObjectKey.ValidatePrefix(prefix);
        return new FolderWalk(_root, prefix, startAfter, _blockingIo).RunAsync(cancellation);
    }

    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        var paths = keys.Select(PathOf).ToArray();
        await OnBlockingIo(() => Delete(paths, cancellation), cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _incoming.Dispose();
        _direct.Dispose();
        return ValueTask.CompletedTask;
    }

    private string PathOf(string key)
    {
        ObjectKey.Validate(key);  // no part can lead out of the root, see there
        return $"{_root}/{key}";
    }

    // Blocking calls cannot be cancelled, only not begun: the caller's memory is borrowed until they are through.
    private Task<T> OnBlockingIo<T>(Func<T> work, CancellationToken cancellation) =>
        Task.Factory.StartNew(work, cancellation, TaskCreationOptions.DenyChildAttach, _blockingIo);

    private async ValueTask<bool> WriteAsync(
        string key, ReadOnlySequence<byte> content, bool replace, CancellationToken cancellation)
    {
        var path = PathOf(key);
        return await OnBlockingIo(() => Write(key, path, content, replace, cancellation), cancellation);
    }

    private bool Write(string key, string path, in ReadOnlySequence<byte> content, bool replace, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            _folders.Ensure(folder);
            var written = (replace || !File.Exists(path)) && WriteNew(path, content, replace, cancellation);
            // Also for the loser of a race: what it is told exists must not vanish in a power cut.
            Libc.SyncFolder(folder);
            return written;
        }
        catch (Exception cause) when (LocalErrors.IsExpected(cause))
        {
            throw LocalErrors.Translate($"write object '{key}'", _root, cause);
        }
    }

    private bool WriteNew(string path, in ReadOnlySequence<byte> content, bool replace, CancellationToken cancellation)
    {
        var half = _incoming.NewPath();
        try
        {
            WriteHalf(half, content);
            cancellation.ThrowIfCancellationRequested();
            return Name(half, path, replace);
        }
        finally
        {
            File.Delete(half);  // fine where the rename has taken it away
        }
    }

    /// <summary>
    /// From here on a written object is not left in the page cache: who writes segments caches them itself, and a cache that
    /// takes all free memory for what is rarely read again costs a fresh page for every 4 KiB written.
    /// </summary>
    private const int LargeObjectBytes = 1 << 20;

    private void WriteHalf(string path, in ReadOnlySequence<byte> content)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var isLarge = content.Length >= LargeObjectBytes;
        var written = isLarge ? _direct.WriteBlocks(file, content) : 0;
        WriteRest(file, content.Slice(written), written);
        RandomAccess.FlushToDisk(file);
        if (isLarge) Libc.DropFromPageCache(file);
    }

    private static void WriteRest(SafeFileHandle file, in ReadOnlySequence<byte> rest, long position)
    {
        if (rest.IsSingleSegment)
            RandomAccess.Write(file, rest.FirstSpan, position);
        else
            RandomAccess.Write(file, [.. Segments(rest)], position);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Segments(ReadOnlySequence<byte> content)
    {
        foreach (var segment in content)
            yield return segment;
    }

    private bool Name(string half, string path, bool replace)
    {
        try
        {
            return TryName(half, path, replace);
        }
        catch (IOException) when (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            _folders.Forget();
            _folders.Ensure(Path.GetDirectoryName(path)!);
            return TryName(half, path, replace);
        }
    }

    private static bool TryName(string half, string path, bool replace)
    {
        if (!replace)
            return Libc.TryLink(half, path);
        File.Move(half, path, overwrite: true);
        return true;
    }

    private int? TryRead(string key, string path, long position, Memory<byte> destination)
    {
        try
        {
            using var file = Libc.TryOpenToRead(path);
            if (file is null || File.GetAttributes(file).HasFlag(FileAttributes.Directory)) return null;
            var total = 0;
            int count;
            do
            {
                count = RandomAccess.Read(file, destination.Span[total..], position + total);
                total += count;
            }
            while (count > 0 && total < destination.Length);
            return total;
        }
        catch (Exception cause) when (LocalErrors.IsExpected(cause))
        {
            throw LocalErrors.Translate($"read object '{key}'", _root, cause);
        }
    }

    private bool Delete(string[] paths, CancellationToken cancellation)
    {
        try
        {
            foreach (var folder in paths.GroupBy(path => Path.GetDirectoryName(path)!, StringComparer.Ordinal))
            {
                cancellation.ThrowIfCancellationRequested();
                if (!Directory.Exists(folder.Key))
                    continue;
                foreach (var path in folder)
                    File.Delete(path);
                Libc.SyncFolder(folder.Key);  // or a power cut brings back what the caller has forgotten about
            }

            return true;
        }
        catch (Exception cause) when (LocalErrors.IsExpected(cause))
        {
            throw LocalErrors.Translate("delete objects", _root, cause);
        }
    }
}
