using System.Buffers;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>One partition's batches from the first to the last: which records stand and which do not, as the markers behind them say.</summary>
internal sealed class EndedTransactions
{
    private readonly List<ContentEntry> _entries = [];
    private readonly Dictionary<long, List<int>> _open = []; // by producer, its entries since its last marker
    private readonly List<SeenRecord> _records = [];

    public void Add(in BatchHeader header, in ReadOnlySequence<byte> batch, long position)
    {
        if (header.IsControl)
        {
            End(header.ProducerId, RecordDecoder.IsCommit(batch));
            _entries.Add(new ContentEntry(header.BaseOffset, ContentKind.Marker, 0));
            return;
        }

        _records.Clear();
        RecordDecoder.Decode(batch, position, _records);
        if (header.IsTransactional && !_open.ContainsKey(header.ProducerId)) _open.Add(header.ProducerId, []);
        foreach (var record in _records)
        {
            if (header.IsTransactional) _open[header.ProducerId].Add(_entries.Count);
            _entries.Add(new ContentEntry(record.Offset, ContentKind.Record, record.Value));
        }
    }

    /// <returns>Producers whose last transaction has no end.</returns>
    public IEnumerable<long> AddTo(PartitionContents partition)
    {
        foreach (var entry in _entries)
        {
            if (entry.Kind == ContentKind.Marker) partition.AddMarker(entry.Offset);
            else if (entry.Kind == ContentKind.AbortedRecord) partition.AddAbortedRecord(entry.Offset, entry.Value);
            else partition.AddRecord(entry.Offset, entry.Value);
        }

        return _open.Keys.Order();
    }

    private void End(long producer, bool isCommit)
    {
        if (!_open.Remove(producer, out var ended) || isCommit) return;
        foreach (var index in ended) _entries[index] = _entries[index] with { Kind = ContentKind.AbortedRecord };
    }
}
