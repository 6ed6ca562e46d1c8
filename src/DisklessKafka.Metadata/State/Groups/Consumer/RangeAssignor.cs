namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>
/// Each member gets a run of each topic's partitions, and members that read the same topics get the same runs of them, so that
/// what is keyed alike is read by one member.
/// </summary>
internal static class RangeAssignor
{
    /// <inheritdoc cref="Assignors.Assign"/>
    public static PartitionSet[] Assign(IReadOnlyList<AssignorMember> members, IReadOnlyDictionary<int, int> partitionCounts)
    {
        var shares = members.Select(_ => new List<ulong>()).ToArray();
        var order = InTurn(members);
        foreach (var (topic, count) in partitionCounts.OrderBy(pair => pair.Key))
        {
            int[] readers = [.. order.Where(index => Array.BinarySearch(members[index].Topics, topic) >= 0)];
            var next = 0;
            for (var i = 0; i < readers.Length; i++)
            {
                var share = (count / readers.Length) + (i < count % readers.Length ? 1 : 0);
                for (var end = next + share; next < end; next++) shares[readers[i]].Add(PartitionSet.KeyOf(topic, next));
            }
        }

        return [.. shares.Select(share => PartitionSet.FromKeys([.. share]))];
    }

    /// <summary>Members keep their turn, newcomers come last: who joins or leaves moves the others' runs as little as runs allow.</summary>
    private static int[] InTurn(IReadOnlyList<AssignorMember> members) =>
        [.. Enumerable.Range(0, members.Count).OrderBy(index => FirstPartition(members[index].Current)).ThenBy(index => members[index].Id, StringComparer.Ordinal)];

    private static int FirstPartition(PartitionSet current)
    {
        var first = int.MaxValue;
        foreach (var key in current.Keys) first = Math.Min(first, PartitionSet.PartitionOf(key));
        return first;
    }
}
