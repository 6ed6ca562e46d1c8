namespace DisklessKafka.Checking.Evidence;

/// <summary>One partition's contents in the order of offsets.</summary>
internal sealed class PartitionIndex
{
    private readonly ContentEntry[] _entries;
    private readonly OffsetRange[] _removed;

    public PartitionIndex(PartitionContents contents)
    {
        Name = contents.Name;
        IsCompacted = contents.IsCompacted;
        _entries = [.. contents.Entries.OrderBy(entry => entry.Offset)];
        _removed = Merge(contents.Removed);
    }

    public PartitionName Name { get; }

    public bool IsCompacted { get; }

    public ReadOnlySpan<ContentEntry> Entries => _entries;

    public ContentEntry? Find(long offset)
    {
        var at = LowerBound(offset);
        return at < _entries.Length && _entries[at].Offset == offset ? _entries[at] : null;
    }

    /// <summary>Entries from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public ReadOnlySpan<ContentEntry> Between(long from, long to) =>
        from < to ? _entries.AsSpan(LowerBound(from), LowerBound(to) - LowerBound(from)) : [];

    public bool IsRemoved(long offset) => AfterRemoved(offset) != offset;

    /// <returns>The first offset from <paramref name="offset"/> on that was not deleted.</returns>
    public long AfterRemoved(long offset)
    {
        var (low, high) = (0, _removed.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_removed[middle].To > offset)
                high = middle;
            else
                low = middle + 1;
        }

        return low < _removed.Length && _removed[low].From <= offset ? _removed[low].To : offset;
    }

    private static OffsetRange[] Merge(IReadOnlyList<OffsetRange> ranges)
    {
        var merged = new List<OffsetRange>();
        foreach (var range in ranges.Where(range => range.From < range.To).OrderBy(range => range.From))
        {
            if (merged.Count > 0 && merged[^1].To >= range.From)
                merged[^1] = new(merged[^1].From, Math.Max(merged[^1].To, range.To));
            else
                merged.Add(range);
        }

        return [.. merged];
    }

    /// <returns>The index of the first entry at or behind the offset.</returns>
    private int LowerBound(long offset)
    {
        var (low, high) = (0, _entries.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Offset < offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
