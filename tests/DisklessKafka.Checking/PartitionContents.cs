namespace DisklessKafka.Checking;

/// <summary>One partition as it is in the end.</summary>
public sealed class PartitionContents(PartitionName name)
{
    private readonly List<ContentEntry> _entries = [];
    private readonly List<OffsetRange> _removed = [];

    public PartitionName Name { get; } = name;

    /// <summary>In the order read, which must be that of offsets; an offset may show up twice only in a broken log.</summary>
    public IReadOnlyList<ContentEntry> Entries => _entries;

    /// <summary>What was deleted for a reason: records deleted on request or by retention.</summary>
    public IReadOnlyList<OffsetRange> Removed => _removed;

    /// <summary>Records may be missing here if a later one has their key.</summary>
    public bool IsCompacted { get; set; }

    /// <summary>Adds a record that every reader sees.</summary>
    public void AddRecord(long offset, long value) => _entries.Add(new(offset, ContentKind.Record, value));

    /// <summary>Adds a record that is hidden from readers of committed records.</summary>
    public void AddAbortedRecord(long offset, long value) => _entries.Add(new(offset, ContentKind.AbortedRecord, value));

    public void AddMarker(long offset) => _entries.Add(new(offset, ContentKind.Marker, 0));

    /// <param name="from">The first offset that was deleted.</param>
    /// <param name="to">The first offset behind that was not.</param>
    public void AddRemoved(long from, long to) => _removed.Add(new(from, to));
}
