using System.Text;
using Confluent.Kafka;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using Xunit;

namespace DisklessKafka.Compatibility.Tests;

/// <summary>Consumer groups of unmodified clients against a real agent process.</summary>
public abstract class GroupTests(RunningAgent agent)
{
    private const int Partitions = 3;
    private const int RecordsPerPartition = 20;
    private const int Records = Partitions * RecordsPerPartition;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Clients() => [.. AllClients.List.Select(client => client.Name)];

    public static TheoryData<PartitionAssignmentStrategy> Strategies() =>
        [PartitionAssignmentStrategy.Range, PartitionAssignmentStrategy.RoundRobin, PartitionAssignmentStrategy.CooperativeSticky];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_group_reads_everything_once_and_goes_on_where_another_client_left_it(string clientName)
    {
        var client = AllClients.Named(clientName);
        var (topic, group) = (RunningAgent.NewTopic($"group-{clientName}"), RunningAgent.NewTopic("readers"));
        await FillAsync(topic, "first");
        var read = await client.ConsumeInGroupAsync(agent.Bootstrap, topic, group, Records);
        Assert.Equal(Values("first"), read.Order(StringComparer.Ordinal));

        await FillAsync(topic, "second");
        read = await AllClients.Reference.ConsumeInGroupAsync(agent.Bootstrap, topic, group, Records);
        Assert.Equal(Values("second"), read.Order(StringComparer.Ordinal));

        await FillAsync(topic, "third");
        read = await client.ConsumeInGroupAsync(agent.Bootstrap, topic, group, Records);
        Assert.Equal(Values("third"), read.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task Members_share_the_partitions_and_take_over_those_of_one_that_goes_or_dies(PartitionAssignmentStrategy strategy)
    {
        Librdkafka.Load();
        var (topic, group) = (RunningAgent.NewTopic("shared"), RunningAgent.NewTopic("members"));
        await FillAsync(topic, "x");
        using var stays = new GroupMember(agent.Bootstrap, topic, group, strategy);
        await stays.OwnsAsync(Partitions, Patience);
        using (var goes = new GroupMember(agent.Bootstrap, topic, group, strategy))
        {
            await goes.OwnsAtLeastAsync(1, Patience);
            Assert.Empty(goes.Owned.Intersect(stays.Owned));
            goes.Leave();
        }

        await stays.OwnsAsync(Partitions, Patience);
        using var dies = new GroupMember(agent.Bootstrap, topic, group, strategy);
        await dies.OwnsAtLeastAsync(1, Patience);
        dies.FallSilent(); // no heartbeat any more, and no leave: the session time-out has to notice
        await stays.OwnsAsync(Partitions, Patience);
        stays.Leave();
    }

    [Fact]
    public async Task A_static_member_that_restarts_within_its_session_gets_its_partitions_back_without_a_rebalance()
    {
        Librdkafka.Load();
        var (topic, group) = (RunningAgent.NewTopic("static"), RunningAgent.NewTopic("instances"));
        await FillAsync(topic, "x");
        using var first = new GroupMember(agent.Bootstrap, topic, group, PartitionAssignmentStrategy.Range, "first");
        await first.OwnsAtLeastAsync(1, Patience);
        List<int> owned;
        using (var second = new GroupMember(agent.Bootstrap, topic, group, PartitionAssignmentStrategy.Range, "second"))
        {
            await second.OwnsAtLeastAsync(1, Patience);
            owned = second.Owned;
            second.Leave(); // closing a static member leaves it in the group
        }

        var rebalances = first.Rebalances;
        using var restarted = new GroupMember(agent.Bootstrap, topic, group, PartitionAssignmentStrategy.Range, "second");
        await restarted.OwnsAtLeastAsync(1, Patience);
        Assert.Equal(owned, restarted.Owned);
        Assert.Equal(rebalances, first.Rebalances);
        restarted.Leave();
        first.Leave();
    }

    private static IEnumerable<string> Values(string prefix) =>
        Enumerable.Range(0, Partitions).SelectMany(partition => Enumerable.Range(0, RecordsPerPartition).Select(i => $"{prefix}-{partition}-{i:00}")).Order(StringComparer.Ordinal);

    private async Task FillAsync(string topic, string prefix)
    {
        if (prefix is "first" or "x") Assert.Null((await AllClients.Reference.AdministerAsync(agent.Bootstrap, AdminStep.CreateTopic(topic, Partitions)))[0].Error);
        for (var partition = 0; partition < Partitions; partition++)
        {
            ClientRecord[] records = [.. Enumerable.Range(0, RecordsPerPartition).Select(i => new ClientRecord(null, Encoding.UTF8.GetBytes($"{prefix}-{partition}-{i:00}"), [], null))];
            await AllClients.Reference.ProduceAsync(agent.Bootstrap, topic, partition, "none", idempotent: false, records);
        }
    }
}

[Collection(EmbeddedCollection.Name)]
public sealed class EmbeddedGroupTests(EmbeddedAgent agent) : GroupTests(agent);

[Collection(ServersCollection.Name)]
public sealed class ServersGroupTests(ServersAgent agent) : GroupTests(agent);
