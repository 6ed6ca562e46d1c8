namespace DisklessKafka.Metadata.State;

/// <summary>A segment that no extent refers to any more, or ever did: its object may be deleted after a grace.</summary>
/// <param name="SinceMs">Log time from which on nothing new could refer to it.</param>
public readonly record struct PendingDeletion(SegmentRef Segment, int SizeBytes, long SinceMs);

/// <summary>
/// How many extents refer to each segment. Sessions number their segments from 0 up, so they are kept in chunks of
/// 256 neighbours, 8 bytes each: even where every segment holds one extent, both together stay below 64 bytes.
/// </summary>
internal sealed class SegmentTable
{
    private const int ChunkShift = 8;
    private const int ChunkSize = 1 << ChunkShift;

    private struct Slot
    {
        public int Extents;
        public int SizeBytes;
    }

    private sealed class Chunk
    {
        public readonly Slot[] Slots = new Slot[ChunkSize];
        public int Live;
    }

    private readonly Dictionary<SegmentRef, Chunk> _chunks = []; // by session and sequence / 256
    private readonly Dictionary<SegmentRef, PendingDeletion> _pending = [];
    private SegmentRef _lastKey = new(-1, -1); // neighbours in time are neighbours here: spares the dictionary most of the time
    private Chunk? _lastChunk;
    private ulong _hash;

    public ulong Hash => _hash;

    /// <summary>Segments that extents refer to.</summary>
    public long Count { get; private set; }

    /// <summary>In order of session and sequence.</summary>
    public IEnumerable<PendingDeletion> Pending => _pending.Values.OrderBy(pending => pending.Segment);

    public int PendingCount => _pending.Count;

    /// <summary>A new segment with so many extents; with none it goes straight to the pending deletions.</summary>
    public void Add(Session session, long sequence, int sizeBytes, int extents, long timeMs)
    {
        session.Segments++;
        SegmentRef segment = new(session.Ordinal, sequence);
        if (extents == 0)
        {
            AddPending(new PendingDeletion(segment, sizeBytes, timeMs));
            return;
        }

        Restore(segment, sizeBytes, extents);
    }

    /// <summary>One extent of the segment is gone.</summary>
    public void Release(SegmentRef segment, long timeMs)
    {
        var chunk = ChunkOf(segment) ?? throw new CorruptStateException($"an extent refers to the unknown segment {segment}");
        ref var slot = ref chunk.Slots[SlotOf(segment)];
        _hash -= HashOf(segment, slot.Extents, slot.SizeBytes);
        if (--slot.Extents > 0)
        {
            _hash += HashOf(segment, slot.Extents, slot.SizeBytes);
            return;
        }

        AddPending(new PendingDeletion(segment, slot.SizeBytes, timeMs));
        slot = default;
        Count--;
        if (--chunk.Live == 0) Drop(segment);
    }

    /// <returns>False if the segment was not waiting for deletion.</returns>
    public bool Forget(SegmentRef segment)
    {
        if (!_pending.Remove(segment, out var pending)) return false;
        _hash -= HashOf(pending);
        return true;
    }

    /// <summary>Every referenced segment, in no particular order: copied at once, 8 bytes each, to be looked at while this table goes on.</summary>
    public IEnumerable<(SegmentRef Segment, int Extents, int SizeBytes)> Copy()
    {
        var chunks = new (SegmentRef Key, Slot[] Slots)[_chunks.Count];
        var next = 0;
        foreach (var (key, chunk) in _chunks) chunks[next++] = (key, chunk.Slots.AsSpan().ToArray());
        return Rows(chunks);
    }

    private static IEnumerable<(SegmentRef Segment, int Extents, int SizeBytes)> Rows((SegmentRef Key, Slot[] Slots)[] chunks)
    {
        foreach (var (key, slots) in chunks)
            for (var i = 0; i < ChunkSize; i++)
                if (slots[i].Extents > 0)
                    yield return (new SegmentRef(key.Session, key.Sequence << ChunkShift | (long)i), slots[i].Extents, slots[i].SizeBytes);
    }

    /// <summary>A segment that its session counts already.</summary>
    public void Restore(SegmentRef segment, int sizeBytes, int extents)
    {
        var chunk = ChunkOf(segment) ?? NewChunk(segment);
        chunk.Live++;
        Count++;
        chunk.Slots[SlotOf(segment)] = new Slot { Extents = extents, SizeBytes = sizeBytes };
        _hash += HashOf(segment, extents, sizeBytes);
    }

    public void RestorePending(PendingDeletion pending) => AddPending(pending);

    private static int SlotOf(SegmentRef segment) => (int)(segment.Sequence & (ChunkSize - 1));

    private static SegmentRef KeyOf(SegmentRef segment) => segment with { Sequence = segment.Sequence >> ChunkShift };

    private static ulong HashOf(SegmentRef segment, int extents, int sizeBytes) =>
        StateHasher.Mix(StateHasher.Mix(StateHasher.Of((ulong)segment.Session), segment.Sequence), (ulong)(uint)extents << 32 | (uint)sizeBytes);

    private static ulong HashOf(in PendingDeletion pending) =>
        StateHasher.Mix(HashOf(pending.Segment, 0, pending.SizeBytes), pending.SinceMs);

    private void AddPending(PendingDeletion pending)
    {
        _pending.Add(pending.Segment, pending);
        _hash += HashOf(pending);
    }

    private Chunk? ChunkOf(SegmentRef segment)
    {
        var key = KeyOf(segment);
        if (key == _lastKey) return _lastChunk;
        if (!_chunks.TryGetValue(key, out var chunk)) return null;
        (_lastKey, _lastChunk) = (key, chunk);
        return chunk;
    }

    private Chunk NewChunk(SegmentRef segment)
    {
        var chunk = new Chunk();
        var key = KeyOf(segment);
        _chunks.Add(key, chunk);
        (_lastKey, _lastChunk) = (key, chunk);
        return chunk;
    }

    private void Drop(SegmentRef segment)
    {
        _chunks.Remove(KeyOf(segment));
        (_lastKey, _lastChunk) = (new SegmentRef(-1, -1), null);
    }
}
