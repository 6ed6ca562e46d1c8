using DisklessKafka.Metadata.Log;

namespace DisklessKafka.Metadata.State;

/// <summary>A snapshot that the log knows of.</summary>
/// <param name="Position">Of the last entry inside.</param>
public sealed record SnapshotRecord(string Key, long Version, long SizeBytes, LogCursor Position);

/// <summary>
/// The newest snapshots, oldest first. Two objects are kept, in case one cannot be read, and the log from the third
/// newest on, so that an agent that starts from the older of the two while a newer one is made finds its tail.
/// </summary>
internal sealed class SnapshotTable
{
    public const int ObjectsKept = 2;
    public const int RecordsKept = 3;

    private readonly List<SnapshotRecord> _records = [];

    public IReadOnlyList<SnapshotRecord> Records => _records;

    public SnapshotTakenOutcome Add(SnapshotRecord record)
    {
        if (_records.Count > 0 && record.Version <= _records[^1].Version) return new(SnapshotTakenStatus.NotNewer);
        _records.Add(record);
        if (_records.Count > RecordsKept) _records.RemoveAt(0);
        return new(SnapshotTakenStatus.Recorded);
    }

    public ulong Hash()
    {
        ulong hash = 0;
        foreach (var record in _records)
        {
            var one = StateHasher.Mix(StateHasher.Mix(StateHasher.Of((ulong)record.Version), record.Key), record.SizeBytes);
            one = StateHasher.Mix(StateHasher.Mix(one, record.Position.Epoch), record.Position.Major);
            hash += StateHasher.Mix(StateHasher.Mix(one, record.Position.Minor), record.Position.Hash);
        }

        return hash;
    }

    public void Restore(SnapshotRecord record) => _records.Add(record);
}
