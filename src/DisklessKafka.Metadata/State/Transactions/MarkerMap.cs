namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>
/// The markers of one partition in offset order and which transactions were aborted, as they were at one entry. Shares
/// memory as <see cref="ExtentMap"/> does, under the same rule.
/// </summary>
public readonly struct MarkerMap
{
    private readonly SharedList<Marker> _markers;
    private readonly SharedList<AbortedTransaction> _aborted; // in order of their markers

    private MarkerMap(SharedList<Marker> markers, SharedList<AbortedTransaction> aborted, ulong hash) => (_markers, _aborted, Hash) = (markers, aborted, hash);

    public int Count => _markers.Count;

    public int AbortedCount => _aborted.Count;

    /// <summary>Of both lists.</summary>
    internal ulong Hash { get; }

    public ref readonly Marker this[int index] => ref _markers[index];

    internal ref readonly AbortedTransaction AbortedAt(int index) => ref _aborted[index];

    /// <summary>The first marker at or behind the offset; <see cref="Count"/> if there is none.</summary>
    public int IndexOf(long offset)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (_markers[middle].Offset < offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>How many there are in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public int CountIn(long from, long to) => Count == 0 || to <= from ? 0 : IndexOf(to) - IndexOf(from);

    /// <summary>
    /// The aborted transactions with something in [<paramref name="from"/>, <paramref name="to"/>), by first offset. Looks at
    /// those that ended behind <paramref name="from"/>, up to the one after which nothing could have begun before
    /// <paramref name="to"/> any more.
    /// </summary>
    public List<AbortedTransaction> AbortedIn(long from, long to)
    {
        var found = new List<AbortedTransaction>();
        if (to <= from) return found;
        for (var i = FirstAbortedBehind(from); i < _aborted.Count; i++)
        {
            ref readonly var aborted = ref _aborted[i];
            if (aborted.FirstOffset < to) found.Add(aborted);
            if (aborted.StableOffset >= to) break;
        }

        found.Sort(static (a, b) => a.FirstOffset.CompareTo(b.FirstOffset)); // no two begin at the same offset
        return found;
    }

    internal MarkerMap Append(in Marker marker) => new(_markers.Append(marker), _aborted, Hash + HashOf(marker));

    internal MarkerMap Append(in AbortedTransaction aborted) => new(_markers, _aborted.Append(aborted), Hash + HashOf(aborted));

    /// <summary>Without what lies wholly before the offset.</summary>
    internal MarkerMap TrimHead(long offset)
    {
        int markers = IndexOf(offset), aborted = FirstAbortedBehind(offset);
        if (markers == 0 && aborted == 0) return this;
        var hash = Hash;
        for (var i = 0; i < markers; i++) hash -= HashOf(_markers[i]);
        for (var i = 0; i < aborted; i++) hash -= HashOf(_aborted[i]);
        return new MarkerMap(_markers.TrimHead(markers), _aborted.TrimHead(aborted), hash);
    }

    private int FirstAbortedBehind(long offset)
    {
        int low = 0, high = _aborted.Count;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (_aborted[middle].LastOffset < offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static ulong HashOf(in Marker marker)
    {
        var hash = StateHasher.Fold(StateHasher.Fold(1, marker.Offset), marker.ProducerId);
        return StateHasher.Of(StateHasher.Fold(StateHasher.Fold(hash, marker.TimestampMs), (long)(ushort)marker.Epoch << 1 | (marker.IsCommit ? 1L : 0)));
    }

    private static ulong HashOf(in AbortedTransaction aborted)
    {
        var hash = StateHasher.Fold(StateHasher.Fold(2, aborted.ProducerId), aborted.FirstOffset);
        return StateHasher.Of(StateHasher.Fold(StateHasher.Fold(hash, aborted.LastOffset), aborted.StableOffset));
    }
}
