using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Write;

/// <summary>
/// Batches of idempotent producers that were refused so that the client sends them again, and have not come again yet. What it
/// had sent behind one of them, before it was told, must not be taken: the cluster takes a producer that it does not know at
/// any sequence, so the next batch would pass for the first one, and the refused one, sent again, would be refused for ever.
/// One object a connection: what comes by another one was sent by a client that has given this one up.
/// </summary>
public sealed class RefusedBatches
{
    /// <summary>An idempotent producer has five requests on their way at most, so by then it has been told; if it goes on all the same, it has given the batch up.</summary>
    private const int MaxBehind = 5;

    /// <summary>Partitions times producers. Further ones are not kept: no client has so many.</summary>
    private const int MaxKept = 10_000;

    private readonly Lock _gate = new();
    private Dictionary<Sender, (int Sequence, int Behind)>? _first; // the first that was refused, and how many were behind it

    /// <summary>False for what stands behind a refused batch. True for everything else, and for that batch, which with this has come again.</summary>
    public bool LetPass(in Sender sender, int sequence)
    {
        lock (_gate)
        {
            if (_first is null || !_first.TryGetValue(sender, out var first)) return true;
            if (IsBefore(sequence, first.Sequence)) return true;
            if (sequence != first.Sequence && first.Behind < MaxBehind)
            {
                _first[sender] = first with { Behind = first.Behind + 1 };
                return false;
            }

            _first.Remove(sender);
            return true;
        }
    }

    public void Add(in Sender sender, int sequence)
    {
        lock (_gate)
        {
            _first ??= [];
            if (_first.TryGetValue(sender, out var first) ? IsBefore(sequence, first.Sequence) : _first.Count < MaxKept) _first[sender] = (sequence, 0);
        }
    }

    /// <summary>After 2^31-1 comes 0: a difference of 31 bits, and its sign.</summary>
    private static bool IsBefore(int sequence, int other) => (sequence - other) << 1 < 0;

    /// <summary>Within which sequences follow on each other. The topic is named as its client does: by name or by id.</summary>
    public readonly record struct Sender(TopicName Topic, TopicId TopicId, int Partition, long ProducerId, short Epoch);
}
