namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>A member as an assignor sees it.</summary>
/// <param name="Topics">Ordinals of topics that it reads, ascending.</param>
/// <param name="Current">What it was to have until now; may hold what is gone.</param>
internal sealed record AssignorMember(string Id, int[] Topics, PartitionSet Current);

/// <summary>The ways in which partitions are shared out. Pure: the same input gives the same assignment everywhere.</summary>
public static class Assignors
{
    public const string Uniform = "uniform", Range = "range", Default = Uniform;

    /// <param name="members">In order of their ids.</param>
    /// <param name="partitionCounts">Of topics that members read, by ordinal.</param>
    /// <returns>In the members' order.</returns>
    internal static PartitionSet[] Assign(string assignor, IReadOnlyList<AssignorMember> members, IReadOnlyDictionary<int, int> partitionCounts) =>
        assignor == Range ? RangeAssignor.Assign(members, partitionCounts) : UniformAssignor.Assign(members, partitionCounts);

    public static bool IsKnown(string assignor) => assignor is Uniform or Range;

    /// <summary>What most members wish for; of two with as many votes the first name wins.</summary>
    internal static string Choose(IEnumerable<ConsumerMember> members)
    {
        var votes = members.Where(member => member.Assignor is not null).CountBy(member => member.Assignor!, StringComparer.Ordinal);
        return votes.OrderByDescending(vote => vote.Value).ThenBy(vote => vote.Key, StringComparer.Ordinal).Select(vote => vote.Key).FirstOrDefault(Default);
    }
}
