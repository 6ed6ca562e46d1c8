namespace DisklessKafka.Checking;

public enum ContentKind
{
    Record,

    /// <summary>Of an aborted transaction: who reads everything sees it, who reads committed records does not.</summary>
    AbortedRecord,

    /// <summary>Where a transaction was committed or aborted; takes an offset and shows no record.</summary>
    Marker,
}

/// <param name="Value">The record's unique value; nothing for markers.</param>
public readonly record struct ContentEntry(long Offset, ContentKind Kind, long Value);

/// <summary>Offsets from <paramref name="From"/> up to, not including, <paramref name="To"/>.</summary>
public readonly record struct OffsetRange(long From, long To);
