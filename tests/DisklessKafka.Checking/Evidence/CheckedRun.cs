using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Evidence;

/// <summary>A history and its contents, with what the checks look things up in.</summary>
internal sealed class CheckedRun
{
    private readonly Dictionary<long, Send> _sends;
    private readonly Dictionary<long, Transaction> _transactions;
    private readonly Dictionary<PartitionName, PartitionIndex> _partitions;
    private readonly Dictionary<long, Place> _places = [];
    private readonly HashSet<long> _hidden = [];

    public CheckedRun(History history, Contents contents)
    {
        History = history;
        Contents = contents;
        _sends = new(history.Sends.Count);
        foreach (var send in history.Sends)
        {
            if (!_sends.TryAdd(send.Value, send))
                throw new ArgumentException($"value {send.Value} was sent twice: {send}, {_sends[send.Value]}", nameof(history));
        }

        _transactions = history.Transactions.ToDictionary(transaction => transaction.Id);
        _partitions = contents.Partitions.ToDictionary(partition => partition.Name, partition => new PartitionIndex(partition));
        foreach (var partition in contents.Partitions)
        {
            foreach (var entry in partition.Entries.Where(entry => entry.Kind != ContentKind.Marker))
            {
                _places.TryAdd(entry.Value, new Place(partition.Name, entry.Offset, entry.Kind));
                if (entry.Kind == ContentKind.AbortedRecord && SendOf(entry.Value)?.Transaction is { } id)
                    _hidden.Add(id);
            }
        }
    }

    public History History { get; }

    public Contents Contents { get; }

    /// <summary>The first place of every value that is there.</summary>
    public IReadOnlyDictionary<long, Place> Places => _places;

    public Send? SendOf(long value) => _sends.GetValueOrDefault(value);

    /// <returns>Null outside of transactions.</returns>
    /// <exception cref="ArgumentException">The history does not hold the transaction.</exception>
    public Transaction? TransactionOf(long? id) => id switch
    {
        null => null,
        { } given when _transactions.TryGetValue(given, out var transaction) => transaction,
        _ => throw new ArgumentException($"the history does not hold transaction {id}", nameof(id)),
    };

    /// <summary>The transaction's records are there as aborted ones, whatever its client heard.</summary>
    public bool IsHidden(long transaction) => _hidden.Contains(transaction);

    /// <summary>The partition's index; an empty one where nothing is there.</summary>
    public PartitionIndex Partition(PartitionName name)
    {
        if (!_partitions.TryGetValue(name, out var index))
            _partitions.Add(name, index = new PartitionIndex(new PartitionContents(name)));
        return index;
    }
}
