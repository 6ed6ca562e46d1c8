using DisklessKafka.Metadata.State;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>
/// What transactions promise, written down as simply as can be: each record knows its transaction, each transaction its
/// outcome. Everything is found by looking at everything.
/// </summary>
internal sealed class TransactionModel(int partitions)
{
    /// <param name="startMs">Its time-out counts from here.</param>
    internal sealed class Tx(long producerId, long startMs, bool isOfVersionOne)
    {
        public long ProducerId => producerId;
        public long StartMs => startMs;
        public bool IsOfVersionOne => isOfVersionOne;
        public bool? IsCommitted { get; set; } // null while open
        public HashSet<int> Partitions { get; } = [];
        public Dictionary<int, long> Markers { get; } = [];
        public HashSet<string> Groups { get; } = [];
        public Dictionary<(string Group, int Partition), (long Offset, long Ms)> Offsets { get; } = [];
    }

    internal sealed class Client
    {
        public InitTransactionsOutcome Producer { get; set; } = null!;
        public InitTransactionsOutcome? Ended { get; set; } // what it was before its last end
        public bool EndedWithCommit { get; set; }
        public bool? LastEnd { get; set; } // committed or aborted; null since it began with its producer
        public Tx? Open { get; set; }
        public Dictionary<int, int> Sequences { get; } = [];
    }

    private readonly List<(long Offset, Tx? Tx)>[] _records = [.. Enumerable.Range(0, partitions).Select(_ => new List<(long, Tx?)>())];
    private readonly long[] _ends = new long[partitions];
    private readonly long[] _starts = new long[partitions];
    private readonly List<Tx> _ended = [];
    private readonly Dictionary<(string Group, int Partition), (long Offset, long Ms)> _offsets = [];

    public long End(int partition) => _ends[partition];

    public int CommittedCount => _ended.Count(tx => tx.IsCommitted == true && tx.Partitions.Count > 0);

    public int CommittedOffsetCount { get; private set; }

    public int AbortedCount => _ended.Count(tx => tx.IsCommitted == false && tx.Partitions.Count > 0);

    public void Append(int partition, int count, Tx? tx)
    {
        tx?.Partitions.Add(partition);
        for (var i = 0; i < count; i++) _records[partition].Add((_ends[partition]++, tx));
    }

    public void Finish(Tx tx, bool commit)
    {
        tx.IsCommitted = commit;
        _ended.Add(tx);
        foreach (var partition in tx.Partitions.Order()) tx.Markers[partition] = _ends[partition]++;
        if (!commit) return;
        foreach (var (at, pending) in tx.Offsets)
            if (!_offsets.TryGetValue(at, out var since) || since.Ms <= pending.Ms) // what was committed outside of it since then stays
                (_offsets[at], CommittedOffsetCount) = (pending, CommittedOffsetCount + 1);
    }

    public long? Offset(string group, int partition) => _offsets.TryGetValue((group, partition), out var committed) ? committed.Offset : null;

    public void CommitOffset(string group, int partition, long offset, long nowMs) => _offsets[(group, partition)] = (offset, nowMs);

    /// <returns>False if it has none: then it is not there.</returns>
    public bool DeleteGroup(string group)
    {
        var its = _offsets.Keys.Where(key => key.Group == group).ToList();
        foreach (var key in its) _offsets.Remove(key);
        return its.Count > 0;
    }

    public void DeleteBefore(int partition, long offset) => _starts[partition] = Math.Max(_starts[partition], offset);

    public long LastStable(int partition)
    {
        var open = _records[partition].Where(record => record.Tx is { IsCommitted: null }).Select(record => record.Offset);
        return Math.Max(_starts[partition], open.DefaultIfEmpty(_ends[partition]).Min());
    }

    public List<(long ProducerId, long FirstOffset)> AbortedIn(int partition, long from, long to) => to <= from ? [] :
    [
        .. _ended.Where(tx => tx.IsCommitted == false && tx.Markers.TryGetValue(partition, out var marker) && marker >= from)
            .SelectMany(tx => _records[partition].Where(record => record.Tx == tx).Take(1).Select(first => (tx.ProducerId, First: first.Offset))) // none where it only announced to write
            .Where(aborted => aborted.First < to).OrderBy(aborted => aborted.First),
    ];

    /// <summary>Offsets of the records that a read_committed reader sees.</summary>
    public List<long> Visible(int partition, long from)
    {
        var stable = LastStable(partition);
        return [.. _records[partition].Where(record => record.Tx is null or { IsCommitted: true }).Select(record => record.Offset).Where(offset => offset >= from && offset < stable)];
    }

    /// <summary>What a client's reader makes of the log with the aborted list it was given: as Kafka's own clients do it.</summary>
    public List<long> Filter(int partition, long from, long stable, IEnumerable<(long ProducerId, long FirstOffset)> aborted)
    {
        var waiting = new Queue<(long ProducerId, long FirstOffset)>(aborted);
        var skipped = new HashSet<long>();
        var seen = new List<long>();
        var markers = _ended.Where(tx => tx.Markers.ContainsKey(partition)).ToDictionary(tx => tx.Markers[partition], tx => tx);
        var records = _records[partition].ToDictionary(record => record.Offset, record => record.Tx);
        for (var offset = from; offset < stable; offset++)
        {
            while (waiting.TryPeek(out var next) && next.FirstOffset <= offset) skipped.Add(waiting.Dequeue().ProducerId);
            if (markers.TryGetValue(offset, out var ended)) skipped.Remove(ended.ProducerId);
            else if (records.TryGetValue(offset, out var tx) && (tx is null || !skipped.Contains(tx.ProducerId))) seen.Add(offset);
        }

        return seen;
    }
}
