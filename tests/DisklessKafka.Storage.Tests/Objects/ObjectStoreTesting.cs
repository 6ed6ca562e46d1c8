using System.Buffers;
using System.Diagnostics.Metrics;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Local;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

internal static class ObjectStoreTesting
{
    public static ObjectStoreServices Services(TimeProvider? time = null) =>
        new(time ?? TimeProvider.System, new BlockingIoScheduler(), new Random(1), new Meter("test"));

    /// <summary>Bytes that compress badly and differ by seed, so that a mix-up of two objects cannot go unseen.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static ReadOnlySequence<byte> Sequence(byte[] bytes) => new(bytes);

    /// <summary>The same bytes in blocks, as a segment buffer hands them over.</summary>
    public static ReadOnlySequence<byte> Blocks(byte[] bytes, int blockBytes)
    {
        if (bytes.Length <= blockBytes)
            return new(bytes);
        var first = new Block(bytes.AsMemory(0, blockBytes), null);
        var last = first;
        for (var at = blockBytes; at < bytes.Length; at += blockBytes)
            last = new Block(bytes.AsMemory(at, Math.Min(blockBytes, bytes.Length - at)), last);
        return new(first, 0, last, last.Memory.Length);
    }

    public static async Task<byte[]> ReadAllAsync(this IObjectStore store, string key, int atMost = 64 << 20)
    {
        var bytes = new byte[1 << 16];
        var total = 0;
        while (true)
        {
            var count = await store.ReadAsync(key, total, bytes.AsMemory(total), default);
            total += count;
            if (total < bytes.Length)
                return bytes[..total];
            Assert.True(total <= atMost, $"'{key}' does not end after {total} bytes");
            Array.Resize(ref bytes, bytes.Length * 4);
        }
    }

    public static async Task<List<ObjectInfo>> ListAllAsync(this IObjectStore store, string prefix, string? startAfter = null)
    {
        var found = new List<ObjectInfo>();
        await foreach (var each in store.ListAsync(prefix, startAfter, default))
            found.Add(each);
        return found;
    }

    public static async Task<string[]> KeysAsync(this IObjectStore store, string prefix, string? startAfter = null) =>
        [.. (await store.ListAllAsync(prefix, startAfter)).Select(found => found.Key)];

    public static Task PutAsync(this IObjectStore store, string key, byte[] bytes) =>
        store.PutAsync(key, Sequence(bytes), default).AsTask();

    public static Task<bool> TryCreateAsync(this IObjectStore store, string key, byte[] bytes) =>
        store.TryCreateAsync(key, Sequence(bytes), default).AsTask();

    /// <summary>A store may fail now and then in a way it calls transient (a Ceph gateway does while an object is replaced).</summary>
    public static async Task RetriedAsync(Func<Task> call)
    {
        for (var left = 50; ; left--)
        {
            try
            {
                await call();
                return;
            }
            catch (ObjectStoreException error) when (error.IsTransient && left > 0)
            {
            }
        }
    }

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        public Block(ReadOnlyMemory<byte> memory, Block? previous)
        {
            Memory = memory;
            if (previous is null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
