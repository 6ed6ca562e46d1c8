using System.Text;
using Confluent.Kafka;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using Xunit;

namespace DisklessKafka.Compatibility.Tests;

/// <summary>Groups of the consumer protocol (KIP-848), formed by librdkafka against a real agent process.</summary>
public abstract class ConsumerGroupTests(RunningAgent agent)
{
    private const int Partitions = 4;
    private const int RecordsPerPartition = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _written = [];

    [Theory]
    [InlineData("uniform")]
    [InlineData("range")]
    public async Task Members_share_the_partitions_and_take_over_those_of_one_that_goes_or_dies(string assignor)
    {
        Librdkafka.Load();
        var (topic, group) = (await FilledAsync("shared"), RunningAgent.NewTopic("members"));
        using var stays = Member(topic, group, assignor: assignor);
        await stays.OwnsAsync(Partitions, Patience);
        using (var goes = Member(topic, group, assignor: assignor))
        {
            await goes.OwnsAsync(Partitions / 2, Patience);
            Assert.Empty(goes.Owned.Intersect(stays.Owned));
            goes.Leave();
        }

        await stays.OwnsAsync(Partitions, Patience);
        using var dies = Member(topic, group, assignor: assignor);
        await dies.OwnsAsync(Partitions / 2, Patience);
        dies.FallSilent();
        await stays.OwnsAsync(Partitions, Patience);
        stays.Leave();
    }

    [Fact]
    public async Task A_static_member_that_restarts_gets_its_partitions_back_and_the_other_keeps_its_own()
    {
        Librdkafka.Load();
        var (topic, group) = (await FilledAsync("static"), RunningAgent.NewTopic("instances"));
        using var first = Member(topic, group, "first");
        await first.OwnsAsync(Partitions, Patience);
        List<int> owned;
        using (var second = Member(topic, group, "second"))
        {
            await second.OwnsAsync(Partitions / 2, Patience);
            owned = second.Owned;
            second.Leave(); // closing a static member only says that it is away
        }

        var rebalances = first.Rebalances;
        using var restarted = Member(topic, group, "second");
        await restarted.OwnsAsync(Partitions / 2, Patience);
        Assert.Equal(owned, restarted.Owned);
        Assert.Equal(rebalances, first.Rebalances);
        restarted.Leave();
        first.Leave();
    }

    [Fact]
    public async Task An_expression_is_matched_by_the_broker()
    {
        Librdkafka.Load();
        var prefix = RunningAgent.NewTopic("matched");
        await FilledAsync(prefix + "-1", exact: true);
        using var member = Member($"^{prefix}-[0-9]$", RunningAgent.NewTopic("members"));
        await member.OwnsAsync(Partitions, Patience);
        await FilledAsync(prefix + "-2", exact: true);
        List<string> matched = [.. _written];
        await FilledAsync(prefix + "-x", exact: true);
        await GroupMember.ReadAsync([member], matched, Patience);
        member.Leave();
    }

    [Fact]
    public async Task Clients_are_moved_to_the_new_protocol_and_back_one_by_one_and_read_everything_meanwhile()
    {
        Librdkafka.Load();
        var (topic, group) = (await FilledAsync("moved"), RunningAgent.NewTopic("mixed"));
        List<GroupMember> all = [];
        using var old1 = Add(Classic(topic, group));
        using var old2 = Add(Classic(topic, group));
        await ShareAsync(old1, old2);
        await GroupMember.ReadAsync(all, _written, Patience);

        old1.Leave();
        using var new1 = Add(Member(topic, group));
        await ShareAsync(old2, new1);
        await FillAsync(topic);
        await GroupMember.ReadAsync(all, _written, Patience);

        old2.Leave();
        using var new2 = Add(Member(topic, group));
        await ShareAsync(new1, new2);
        await FillAsync(topic);
        await GroupMember.ReadAsync(all, _written, Patience);

        new1.Leave();
        using var back1 = Add(Classic(topic, group));
        await ShareAsync(new2, back1);
        new2.Leave();
        using var back2 = Add(Classic(topic, group));
        await ShareAsync(back1, back2);
        await FillAsync(topic);
        await GroupMember.ReadAsync(all, _written, Patience);
        back1.Leave();
        back2.Leave();

        GroupMember Add(GroupMember member)
        {
            all.Add(member);
            return member;
        }

        static async Task ShareAsync(GroupMember one, GroupMember other)
        {
            await one.OwnsAsync(Partitions / 2, Patience);
            await other.OwnsAsync(Partitions / 2, Patience);
            Assert.Empty(one.Owned.Intersect(other.Owned));
        }
    }

    private GroupMember Member(string topic, string group, string? instance = null, string? assignor = null) => GroupMember.OfNewProtocol(agent.Bootstrap, topic, group, instance, assignor);

    private GroupMember Classic(string topic, string group) => new(agent.Bootstrap, topic, group, PartitionAssignmentStrategy.CooperativeSticky);

    private async Task<string> FilledAsync(string purpose, bool exact = false)
    {
        var topic = exact ? purpose : RunningAgent.NewTopic(purpose);
        Assert.Null((await AllClients.Reference.AdministerAsync(agent.Bootstrap, AdminStep.CreateTopic(topic, Partitions)))[0].Error);
        await FillAsync(topic);
        return topic;
    }

    private async Task FillAsync(string topic)
    {
        var fill = Guid.NewGuid();
        for (var partition = 0; partition < Partitions; partition++)
        {
            string[] values = [.. Enumerable.Range(0, RecordsPerPartition).Select(i => $"{fill}-{partition}-{i:00}")];
            ClientRecord[] records = [.. values.Select(value => new ClientRecord(null, Encoding.UTF8.GetBytes(value), [], null))];
            await AllClients.Reference.ProduceAsync(agent.Bootstrap, topic, partition, "none", idempotent: false, records);
            _written.AddRange(values);
        }
    }
}

[Collection(EmbeddedCollection.Name)]
public sealed class EmbeddedConsumerGroupTests(EmbeddedAgent agent) : ConsumerGroupTests(agent);

[Collection(ServersCollection.Name)]
public sealed class ServersConsumerGroupTests(ServersAgent agent) : ConsumerGroupTests(agent);
