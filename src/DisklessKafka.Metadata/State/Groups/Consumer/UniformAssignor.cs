namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>Members get as equal numbers of partitions as their subscriptions allow, and keep what they have where that does not stand in the way.</summary>
internal static class UniformAssignor
{
    /// <inheritdoc cref="Assignors.Assign"/>
    public static PartitionSet[] Assign(IReadOnlyList<AssignorMember> members, IReadOnlyDictionary<int, int> partitionCounts)
    {
        if (members.Count == 0) return [];
        var isAlike = members.All(member => member.Topics.AsSpan().SequenceEqual(members[0].Topics));
        return isAlike ? AmongEquals(members, partitionCounts) : new UnequalSubscriptions(members, partitionCounts).Assign();
    }

    /// <summary>All read the same: everyone's share is known beforehand, so no partition moves that need not.</summary>
    private static PartitionSet[] AmongEquals(IReadOnlyList<AssignorMember> members, IReadOnlyDictionary<int, int> partitionCounts)
    {
        ulong[] all = [.. members[0].Topics.SelectMany(topic => Enumerable.Range(0, partitionCounts[topic]).Select(partition => PartitionSet.KeyOf(topic, partition)))];
        var free = new SortedSet<ulong>(all);
        var (share, spare) = (all.Length / members.Count, all.Length % members.Count);
        var shares = members.Select(_ => new List<ulong>()).ToArray();
        for (var i = 0; i < shares.Length; i++)
            foreach (var key in members[i].Current.Keys)
                if (shares[i].Count < share && free.Remove(key))
                    shares[i].Add(key);
        for (var i = 0; i < shares.Length && spare > 0; i++) // one more for who has one more already
        {
            foreach (var key in members[i].Current.Keys)
            {
                if (shares[i].Count != share || !free.Remove(key)) continue;
                shares[i].Add(key);
                spare--;
                break;
            }
        }

        Deal(free, shares, share, spare);
        return [.. shares.Select(keys => PartitionSet.FromKeys([.. keys]))];
    }

    /// <summary>One to each in turn, so that each topic is spread over all.</summary>
    private static void Deal(SortedSet<ulong> free, List<ulong>[] shares, int share, int spare)
    {
        var turn = 0;
        foreach (var key in free)
        {
            var passed = 0;
            while (shares[turn].Count >= share && passed < shares.Length) (turn, passed) = ((turn + 1) % shares.Length, passed + 1);
            if (passed == shares.Length)
            {
                // All have their share: what is left are the spare ones.
                while (shares[turn].Count > share) turn = (turn + 1) % shares.Length;
                if (spare-- == 0) throw new InvalidOperationException("more partitions than shares");
            }

            shares[turn].Add(key);
            turn = (turn + 1) % shares.Length;
        }
    }
}
