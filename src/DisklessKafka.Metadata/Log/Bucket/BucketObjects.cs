using System.Buffers;
using System.Globalization;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Metadata.Log.Bucket;

/// <summary>The log's objects: <c>log/</c> and twenty digits for each entry, from 1 on without gaps.</summary>
internal sealed class BucketObjects(IObjectStore objects)
{
    public const string Prefix = "log/";

    /// <summary>Fetched at first: most entries are smaller, larger ones take a second read.</summary>
    private const int FirstReadBytes = 16 << 10;

    private const int ReadsOfDamaged = 5;

    public static string Key(long number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:D20}");

    /// <exception cref="ObjectStoreException">Whether the object is there now is unknown.</exception>
    public ValueTask<bool> TryCreateAsync(long number, BucketEntry entry, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var head = new Segment(entry.EncodeHead(), 0);
        var tail = head.Append(payload);
        return objects.TryCreateAsync(Key(number), new ReadOnlySequence<byte>(head, 0, tail, tail.Memory.Length), cancellation);
    }

    /// <returns>Null if there is no such object.</returns>
    public ValueTask<BucketEntry?> FindHeadAsync(long number, CancellationToken cancellation) =>
        ReadAsync(() => FindHeadOnceAsync(number, cancellation));

    /// <returns>Null if there is no such object.</returns>
    public ValueTask<(BucketEntry Entry, LogEntry Read)?> FindAsync(long number, CancellationToken cancellation) =>
        ReadAsync(() => FindOnceAsync(number, cancellation));

    /// <summary>What cannot be read may have been damaged on its way only: an agent that took it for damaged would stop for good.</summary>
    private static async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> readOnce)
    {
        for (var read = 1; ; read++)
        {
            try
            {
                return await readOnce();
            }
            catch (MetadataLogException) when (read < ReadsOfDamaged)
            {
                // once more
            }
        }
    }

    private async ValueTask<BucketEntry?> FindHeadOnceAsync(long number, CancellationToken cancellation)
    {
        var key = Key(number);
        var buffer = new byte[BucketEntry.HeadBytes];
        return await objects.TryReadAsync(key, 0, buffer, cancellation) is { } count ? BucketEntry.DecodeHead(buffer.AsSpan(0, count), key) : null;
    }

    private async ValueTask<(BucketEntry Entry, LogEntry Read)?> FindOnceAsync(long number, CancellationToken cancellation)
    {
        var key = Key(number);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstReadBytes);
        try
        {
            if (await objects.TryReadAsync(key, 0, buffer.AsMemory(0, FirstReadBytes), cancellation) is not { } count) return null;
            var entry = BucketEntry.DecodeHead(buffer.AsSpan(0, count), key);
            var payload = new byte[entry.PayloadLength];
            var first = Math.Min(payload.Length, count - BucketEntry.HeadBytes);
            buffer.AsSpan(BucketEntry.HeadBytes, first).CopyTo(payload);
            if (first < payload.Length
                && await objects.TryReadAsync(key, BucketEntry.HeadBytes + first, payload.AsMemory(first), cancellation) != payload.Length - first) throw BucketEntry.Damaged(key);
            if (EntryHash.Of(entry.Session, entry.Sequence, payload, entry.PreviousHash) != entry.Hash) throw BucketEntry.Damaged(key);
            return (entry, new LogEntry(new LogCursor(0, 0, number, entry.Hash), entry.TimestampMs, entry.Session, entry.Sequence, payload));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
