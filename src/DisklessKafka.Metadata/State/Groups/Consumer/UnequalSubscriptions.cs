namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>
/// The uniform assignment where members read different topics: everyone keeps what it has, what nobody has goes to whoever has
/// least, and then partitions move from who has most to who has least for as long as that makes the two more equal. Each move
/// makes the sum of squares of the numbers smaller, so it ends.
/// </summary>
internal sealed class UnequalSubscriptions
{
    private readonly IReadOnlyList<AssignorMember> _members;
    private readonly IReadOnlyDictionary<int, int> _partitionCounts;
    private readonly Dictionary<int, List<int>> _readers = [];
    private readonly SortedSet<ulong>[] _shares;

    public UnequalSubscriptions(IReadOnlyList<AssignorMember> members, IReadOnlyDictionary<int, int> partitionCounts)
    {
        (_members, _partitionCounts) = (members, partitionCounts);
        _shares = [.. members.Select(_ => new SortedSet<ulong>())];
        for (var i = 0; i < members.Count; i++)
            foreach (var topic in members[i].Topics)
            {
                if (!_readers.TryGetValue(topic, out var readers)) _readers.Add(topic, readers = []);
                readers.Add(i);
            }
    }

    public PartitionSet[] Assign()
    {
        var free = Keep();
        // Topics with few readers first: those of others can make up for it.
        foreach (var key in free.OrderBy(key => _readers[PartitionSet.TopicOf(key)].Count).ThenBy(key => key)) _shares[PoorestReaderOf(key)].Add(key);
        while (MoveOne())
        {
        }

        return [.. _shares.Select(share => PartitionSet.FromKeys([.. share]))];
    }

    private List<ulong> Keep()
    {
        var kept = new HashSet<ulong>();
        for (var i = 0; i < _members.Count; i++)
            foreach (var key in _members[i].Current.Keys)
            {
                var topic = PartitionSet.TopicOf(key);
                if (Array.BinarySearch(_members[i].Topics, topic) >= 0 && PartitionSet.PartitionOf(key) < _partitionCounts[topic] && kept.Add(key)) _shares[i].Add(key);
            }

        return [.. _readers.Keys.SelectMany(topic => Enumerable.Range(0, _partitionCounts[topic]).Select(partition => PartitionSet.KeyOf(topic, partition))).Where(key => !kept.Contains(key))];
    }

    private bool MoveOne()
    {
        foreach (var donor in Enumerable.Range(0, _shares.Length).OrderByDescending(index => _shares[index].Count).ThenBy(index => index))
        {
            foreach (var topic in _members[donor].Topics)
            {
                var poorest = PoorestReaderOf(PartitionSet.KeyOf(topic, 0));
                if (_shares[poorest].Count + 1 >= _shares[donor].Count) continue;
                var own = _shares[donor].GetViewBetween(PartitionSet.KeyOf(topic, 0), PartitionSet.KeyOf(topic, int.MaxValue));
                if (own.Count == 0) continue;
                var key = own.Max;
                _shares[donor].Remove(key);
                _shares[poorest].Add(key);
                return true;
            }
        }

        return false;
    }

    private int PoorestReaderOf(ulong key) => _readers[PartitionSet.TopicOf(key)].MinBy(index => _shares[index].Count);
}
