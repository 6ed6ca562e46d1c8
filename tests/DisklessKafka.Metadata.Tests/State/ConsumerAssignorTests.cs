using DisklessKafka.Metadata.State.Groups.Consumer;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class ConsumerAssignorTests
{
    [Fact]
    public void Uniform_spreads_each_topic_over_all_members()
    {
        var shares = Assignors.Assign(Assignors.Uniform, [Member("a", [1, 2]), Member("b", [1, 2])], new Dictionary<int, int> { [1] = 4, [2] = 2 });
        Assert.All(shares, share => Assert.Equal(3, share.Count));
        Assert.All(shares, share => Assert.Equal(2, share.ByTopic().First().Partitions.Count));
    }

    [Fact]
    public void Uniform_moves_no_more_than_a_newcomer_needs()
    {
        var before = Assignors.Assign(Assignors.Uniform, [Member("a", [1]), Member("c", [1])], new Dictionary<int, int> { [1] = 10 });
        var after = Assignors.Assign(Assignors.Uniform, [Member("a", [1], before[0]), Member("b", [1]), Member("c", [1], before[1])], new Dictionary<int, int> { [1] = 10 });
        Assert.Equal([3, 3, 4], after.Select(share => share.Count).Order());
        Assert.True(after[0].IsSubsetOf(before[0]));
        Assert.True(after[2].IsSubsetOf(before[1]));
    }

    [Fact]
    public void Range_gives_members_the_same_runs_of_topics_that_they_all_read()
    {
        var shares = Assignors.Assign(Assignors.Range, [Member("a", [1, 2]), Member("b", [1, 2]), Member("c", [1, 2])], new Dictionary<int, int> { [1] = 7, [2] = 7 });
        foreach (var share in shares)
        {
            var topics = share.ByTopic().ToArray();
            Assert.Equal(topics[0].Partitions, topics[1].Partitions);
            Assert.Equal(Enumerable.Range(topics[0].Partitions[0], topics[0].Partitions.Count), topics[0].Partitions);
        }

        Assert.Equal([3, 2, 2], shares.Select(share => share.ByTopic().First().Partitions.Count));
    }

    [Fact]
    public void Range_puts_newcomers_last_so_that_the_others_keep_their_turn()
    {
        Dictionary<int, int> counts = new() { [1] = 6 };
        var before = Assignors.Assign(Assignors.Range, [Member("m", [1]), Member("n", [1])], counts);
        var after = Assignors.Assign(Assignors.Range, [Member("a", [1]), Member("m", [1], before[0]), Member("n", [1], before[1])], counts);
        Assert.Equal(PartitionSet.Of([(1, 0), (1, 1)]), after[1]);
        Assert.Equal(PartitionSet.Of([(1, 4), (1, 5)]), after[0]);
    }

    [Theory]
    [InlineData(Assignors.Uniform)]
    [InlineData(Assignors.Range)]
    public void Every_partition_that_somebody_reads_has_one_reader_and_only_readers_have_it(string assignor)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var counts = Enumerable.Range(0, 1 + random.Next(5)).ToDictionary(topic => topic, _ => random.Next(1, 12));
            var isAlike = random.Next(2) == 0;
            var members = Enumerable.Range(0, 1 + random.Next(8)).Select(i => Member(
                "m" + i, [.. counts.Keys.Where(_ => isAlike || random.Next(2) == 0)],
                PartitionSet.Of(Enumerable.Range(0, random.Next(9)).Select(_ => (random.Next(6), random.Next(12)))))).ToArray(); // stale, overlapping, of topics that are gone
            var read = members.SelectMany(member => member.Topics).ToHashSet();
            var shares = Assignors.Assign(assignor, members, counts.Where(pair => read.Contains(pair.Key)).ToDictionary());
            var all = shares.SelectMany(share => share.ByTopic().SelectMany(each => each.Partitions.Select(partition => (each.Topic, partition)))).ToList();
            Assert.Equal(read.Sum(topic => counts[topic]), all.Count);
            Assert.Equal(all.Count, all.Distinct().Count());
            for (var i = 0; i < members.Length; i++) Assert.All(shares[i].ByTopic(), each => Assert.Contains(each.Topic, members[i].Topics));
            if (assignor == Assignors.Uniform) AssertBalanced(members, shares);
        }
    }

    /// <summary>Nobody could take a partition from somebody who has two more.</summary>
    private static void AssertBalanced(AssignorMember[] members, PartitionSet[] shares)
    {
        for (var i = 0; i < members.Length; i++)
            for (var j = 0; j < members.Length; j++)
                if (shares[i].ByTopic().Any(each => members[j].Topics.Contains(each.Topic)))
                    Assert.True(shares[i].Count - shares[j].Count < 2, $"{shares[i].Count} and {shares[j].Count}");
    }

    private static AssignorMember Member(string id, int[] topics, PartitionSet? current = null) => new(id, topics, current ?? PartitionSet.Empty);
}
