using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using Xunit;

namespace DisklessKafka.Compatibility.Tests;

/// <summary>Admin calls of unmodified clients against a real agent process.</summary>
public abstract class AdminTests(RunningAgent agent)
{
    public static TheoryData<string> Administrators() => [.. AllClients.List.Where(client => client.Can(Abilities.Admin)).Select(client => client.Name)];

    public static TheoryData<string> RecordDeleters() =>
        [.. AllClients.List.Where(client => client.Can(Abilities.Admin | Abilities.DeleteRecords)).Select(client => client.Name)];

    [Theory]
    [MemberData(nameof(Administrators))]
    public async Task A_topic_is_created_with_its_settings_changed_and_deleted(string clientName)
    {
        var topic = RunningAgent.NewTopic($"admin-{clientName}");
        var results = await RunAsync(
            clientName,
            AdminStep.CreateTopic(topic, 3, new() { ["retention.ms"] = "123456789", ["cleanup.policy"] = "delete" }),
            AdminStep.ListTopics(),
            AdminStep.CountPartitions(topic),
            AdminStep.DescribeConfigs(topic),
            AdminStep.AlterConfig(topic, "retention.ms", "987654321"),
            AdminStep.DescribeConfigs(topic),
            AdminStep.CreatePartitions(topic, 5),
            AdminStep.CountPartitions(topic),
            AdminStep.DeleteTopic(topic),
            AdminStep.ListTopics());

        Assert.All(results, result => Assert.Null(result.Error));
        Assert.Contains(topic, results[1].Topics!);
        Assert.Equal(3, results[2].Partitions);
        Assert.Equal("123456789", results[3].Configs!["retention.ms"]);
        Assert.Equal("delete", results[3].Configs!["cleanup.policy"]);
        Assert.Equal("987654321", results[5].Configs!["retention.ms"]);
        Assert.Equal(5, results[7].Partitions);
        Assert.DoesNotContain(topic, results[9].Topics!);
    }

    [Theory]
    [MemberData(nameof(Administrators))]
    public async Task What_cannot_be_is_refused_with_a_reason(string clientName)
    {
        var topic = RunningAgent.NewTopic($"refused-{clientName}");
        var results = await RunAsync(
            clientName,
            AdminStep.CreateTopic(topic, 2),
            AdminStep.CreateTopic(topic, 2),
            AdminStep.CreateTopic("not/a/name", 2),
            AdminStep.CreateTopic($"{topic}-unknown-setting", 1, new() { ["no.such.setting"] = "1" }),
            AdminStep.AlterConfig(topic, "retention.ms", "soon"),
            AdminStep.CreatePartitions(topic, 1),
            AdminStep.DeleteTopic($"{topic}-that-never-was"));

        Assert.Null(results[0].Error);
        Assert.All(results.Skip(1), result => Assert.NotNull(result.Error));
        Assert.Contains("exist", results[1].Error!.Replace("TOPIC_ALREADY_EXISTS", "exists", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(RecordDeleters))]
    public async Task Offsets_are_listed_and_records_deleted(string clientName)
    {
        var topic = RunningAgent.NewTopic($"offsets-{clientName}");
        var records = Enumerable.Range(0, 100).Select(i => new ClientRecord(null, [(byte)i], [], null)).ToList();
        await AllClients.Reference.ProduceAsync(agent.Bootstrap, topic, 0, "none", idempotent: true, records);

        var results = await RunAsync(
            clientName,
            AdminStep.ListOffsets(topic, 0),
            AdminStep.DeleteRecords(topic, 0, before: 60),
            AdminStep.ListOffsets(topic, 0));

        Assert.All(results, result => Assert.Null(result.Error));
        Assert.Equal((0, 100), (results[0].Earliest, results[0].Latest));
        Assert.Equal((60, 100), (results[2].Earliest, results[2].Latest));
        var rest = await AllClients.Named(clientName).ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtOffset(60), 40);
        Assert.Equal(Enumerable.Range(60, 40).Select(i => (byte)i), rest.Select(record => record.Value![0]));
    }

    [Theory]
    [MemberData(nameof(Administrators))]
    public async Task The_cluster_names_itself_and_its_brokers(string clientName)
    {
        var result = (await RunAsync(clientName, AdminStep.DescribeCluster()))[0];

        Assert.Null(result.Error);
        Assert.Contains(agent.Bootstrap, result.Brokers!);
        Assert.NotNull(result.Controller);
        Assert.False(string.IsNullOrEmpty(result.ClusterId));
    }

    private Task<IReadOnlyList<AdminResult>> RunAsync(string clientName, params IReadOnlyList<AdminStep> steps) =>
        AllClients.Named(clientName).AdministerAsync(agent.Bootstrap, steps);
}

[Collection(EmbeddedCollection.Name)]
public sealed class AdminOnEmbeddedStore(EmbeddedAgent agent) : AdminTests(agent);

[Collection(ServersCollection.Name)]
public sealed class AdminOnPostgresAndS3(ServersAgent agent) : AdminTests(agent);
