namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>What every member is to have.</summary>
internal static class TargetAssignment
{
    /// <summary>A new epoch with new targets. Members get there by their own heartbeats.</summary>
    public static ConsumerGroup Renew(ConsumerGroup group, TopicTable topics, long nowMs)
    {
        group = group.WithoutUnusedRegexes();
        var assignor = Assignors.Choose(group.Members.Values);
        var counts = new Dictionary<int, int>();
        AssignorMember[] members = [.. group.Members.Values.Select(member => new AssignorMember(member.Id, TopicsOf(group, member, topics, counts), member.Target))];
        var targets = Assignors.Assign(assignor, members, counts);
        var renewed = group.Members.ToBuilder();
        for (var i = 0; i < members.Length; i++)
        {
            var member = renewed[members[i].Id];
            renewed[member.Id] = member with
            {
                Target = targets[i].Equals(member.Target) ? member.Target : targets[i],
                DueMs = member.Classic is null ? member.DueMs : Math.Min(member.DueMs, nowMs + member.RebalanceTimeoutMs), // it is asked to join again
            };
        }

        return group with { Epoch = group.Epoch + 1, Assignor = assignor, Members = renewed.ToImmutable() };
    }

    /// <summary>Those that are there, by ordinal; notes how many partitions each has.</summary>
    private static int[] TopicsOf(ConsumerGroup group, ConsumerMember member, TopicTable topics, Dictionary<int, int> counts)
    {
        var ordinals = new SortedSet<int>();
        foreach (var name in member.Topics) Add(name);
        if (member.Regex.Length > 0 && group.FindRegex(member.Regex) is { } matches)
            foreach (var name in matches.Topics)
                Add(name);
        return [.. ordinals];

        void Add(string name)
        {
            if (topics.Find(new Protocol.TopicName(name)) is not { } topic) return;
            ordinals.Add(topic.Ordinal);
            counts[topic.Ordinal] = topic.Partitions.Length;
        }
    }
}
