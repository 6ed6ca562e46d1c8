using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Chaos.Reading;

/// <summary>
/// What a reader of committed records leaves out, told as Kafka's consumers tell it: from a transaction's first offset on all
/// that its producer wrote, up to the marker.
/// </summary>
internal sealed class AbortedTransactions
{
    private readonly HashSet<(long Producer, long FirstOffset)> _known = [];
    private readonly PriorityQueue<long, long> _ahead = new();
    private readonly HashSet<long> _open = [];

    /// <param name="told">Of one fetch; the same transaction may be told again with the next.</param>
    public void Add(IEnumerable<FetchResponse.AbortedTransaction>? told)
    {
        foreach (var transaction in told ?? [])
        {
            var (producer, first) = (transaction.ProducerId.Value, transaction.FirstOffset);
            if (_known.Add((producer, first)))
                _ahead.Enqueue(producer, first);
        }
    }

    public bool Hides(in BatchHeader batch)
    {
        while (_ahead.TryPeek(out var producer, out var first) && first <= batch.LastOffset)
        {
            _ahead.Dequeue();
            _open.Add(producer);
        }

        return batch is { IsTransactional: true, IsControl: false } && _open.Contains(batch.ProducerId);
    }

    public void Pass(in BatchHeader marker, bool isAbort)
    {
        if (isAbort)
            _open.Remove(marker.ProducerId);
    }
}
