using System.Buffers;

namespace DisklessKafka.Storage.Objects;

/// <summary>
/// Tries out at start what the agent relies on later, with one small object that it deletes again: writing, reading a
/// range, put-if-absent, listing, deleting. A server that takes <c>If-None-Match</c> and ignores it, as some do, would let
/// two agents overwrite each other's log; it is found here.
/// </summary>
public sealed class ObjectStoreProbe(TimeProvider time, Random chance)
{
    /// <summary>What the probe's key begins with.</summary>
    public const string Prefix = "probe/";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    /// <exception cref="ObjectStoreException">One plain line: what does not work, and where.</exception>
    public async Task RunAsync(IObjectStore store, ObjectStoreUrl place, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        var content = new byte[32];
        lock (chance)
            chance.NextBytes(content);
        var key = Prefix + Convert.ToHexStringLower(content);
        try
        {
            await TryOutAsync(store, key, content, stop.Token);
            await store.DeleteAsync([key], stop.Token);
        }
        catch (OperationCanceledException error) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new ObjectStoreException($"the object store {place} has not answered within {Deadline.TotalSeconds:0} s", isTransient: true, error);
        }
        catch (ObjectStoreException error)
        {
            throw new ObjectStoreException($"the object store {place} cannot be used: {error.Message}", error.IsTransient, error);
        }
    }

    private static async Task TryOutAsync(IObjectStore store, string key, byte[] content, CancellationToken cancellation)
    {
        var bytes = new ReadOnlySequence<byte>(content);
        await store.TryCreateAsync(key, bytes, cancellation);
        Require(!await store.TryCreateAsync(key, bytes, cancellation),
            "it replaces an object that it was told to create only if absent (If-None-Match), so agents could overwrite each other");

        var tail = new byte[content.Length];
        var count = await store.ReadAsync(key, 8, tail, cancellation);
        Require(tail.AsSpan(0, count).SequenceEqual(content.AsSpan(8)), "a range of an object just written reads differently");

        var listed = false;
        await foreach (var found in store.ListAsync(key, null, cancellation))
            listed |= found.Key == key && found.Size == content.Length;
        Require(listed, "an object just written is missing in the listing");
    }

    private static void Require(bool works, string otherwise)
    {
        if (!works)
            throw new ObjectStoreException(otherwise, isTransient: false);
    }
}
