using System.Buffers;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Storage.Segments;

/// <summary>
/// Reads a segment by nothing but its object: for jobs, checks and recovery, which must not depend on the metadata log.
/// Safe for concurrent use.
/// </summary>
public sealed class SegmentReader
{
    // Enough for the index of a segment of a thousand partitions in the first read.
    private const int FirstReadBytes = 64 << 10;

    private readonly IObjectStore _store;

    private SegmentReader(IObjectStore store, SegmentId id, SegmentIndex index)
    {
        _store = store;
        Id = id;
        Index = index;
    }

    public SegmentId Id { get; }

    public SegmentIndex Index { get; }

    /// <summary>Opens the segment with one ranged read, or two if its index is long.</summary>
    /// <param name="objectBytes">The object's size, as the commit or a listing tells.</param>
    /// <exception cref="SegmentFormatException">The object is not this segment, or not whole and undamaged.</exception>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    public static async ValueTask<SegmentReader> OpenAsync(IObjectStore store, SegmentId id, long objectBytes, CancellationToken cancellation)
    {
        var tail = await ReadTailAsync(store, id, objectBytes, FirstReadBytes, cancellation);
        var index = SegmentIndex.TryRead(tail, objectBytes, out var neededBytes);
        if (index is null)
        {
            tail = await ReadTailAsync(store, id, objectBytes, neededBytes, cancellation);
            index = SegmentIndex.TryRead(tail, objectBytes, out _) ?? throw new SegmentFormatException($"segment {id} changed while it was read");
        }
        return index.Id == id ? new SegmentReader(store, id, index) : throw new SegmentFormatException($"the object {id} says that it is {index.Id}");
    }

    /// <summary>Opens the segment, asking the store for its size first.</summary>
    /// <inheritdoc cref="OpenAsync(IObjectStore, SegmentId, long, CancellationToken)"/>
    public static async ValueTask<SegmentReader> OpenAsync(IObjectStore store, SegmentId id, CancellationToken cancellation)
    {
        var key = id.ObjectKey;
        await foreach (var found in store.ListAsync(key, null, cancellation))
        {
            if (string.Equals(found.Key, key, StringComparison.Ordinal)) return await OpenAsync(store, id, found.Size, cancellation);
        }
        throw new ObjectNotFoundException(key);
    }

    /// <summary>Fills <paramref name="destination"/> from the extent's byte <paramref name="from"/> on, no further than the extent goes.</summary>
    /// <returns>Bytes read: fewer than asked only at the extent's end.</returns>
    public async ValueTask<int> ReadAsync(SegmentExtent extent, long from, Memory<byte> destination, CancellationToken cancellation)
    {
        var wanted = (int)Math.Min(destination.Length, extent.LengthBytes - from);
        var read = await _store.ReadAsync(Id.ObjectKey, extent.Position + from, destination[..wanted], cancellation);
        return read == wanted ? read : throw new SegmentFormatException($"segment {Id} ends inside an extent");
    }

    /// <summary>
    /// The extent's batches one by one, each checked against its own CRC and all of them against the index.
    /// Memory: one read of 1 MiB, or the largest batch. The bytes are valid until the next batch is asked for.
    /// </summary>
    /// <exception cref="SegmentFormatException">A batch is damaged, or the index does not tell the truth.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadBatchesAsync(SegmentExtent extent, CancellationToken cancellation) =>
        new SegmentBatches(this, extent).ReadAsync(cancellation);

    /// <summary>Reads the whole object and checks every byte of it.</summary>
    /// <exception cref="SegmentFormatException">Something is damaged; the message says what and where.</exception>
    public async ValueTask VerifyAsync(CancellationToken cancellation)
    {
        var header = new byte[SegmentFormat.HeaderBytes];
        var read = await _store.ReadAsync(Id.ObjectKey, 0, header, cancellation);
        SegmentFormat.CheckHeader(header.AsSpan(0, read));
        for (var i = 0; i < Index.Extents.Length; i++)
        {
            await foreach (var _ in ReadBatchesAsync(Index.Extents[i], cancellation))
            {
            }
        }
    }

    private static async ValueTask<Memory<byte>> ReadTailAsync(IObjectStore store, SegmentId id, long objectBytes, int wantedBytes, CancellationToken cancellation)
    {
        var tail = new byte[Math.Min(objectBytes, wantedBytes)];
        var read = await store.ReadAsync(id.ObjectKey, objectBytes - tail.Length, tail, cancellation);
        return read == tail.Length ? tail : throw new SegmentFormatException($"segment {id} is shorter than {objectBytes} bytes");
    }
}
