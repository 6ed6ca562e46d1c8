using Confluent.Kafka;
using DisklessKafka.Chaos.Load;
using DisklessKafka.Chaos.Report;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Peers;
using DisklessKafka.TestKit.Processes;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Chaos.Tests;

/// <summary>Reviews of clusters that run already, ours and librdkafka's mock of one, which has no transactions worth the name.</summary>
public sealed class ReviewTests(ITestOutputHelper output)
{
    private const string Topic = "reviewed";
    private const int Partitions = 3;

    [Fact]
    public async Task Our_agent_is_reviewed_with_all_it_has_and_its_topics_are_gone_afterwards()
    {
        using var folder = new ScratchFolder("review");
        await using var agent = await AgentProcess.StartAsync("--data", folder.Of("data"));
        var result = await ReviewAsync(agent.Bootstrap, topic: null);
        Assert.NotEmpty(result.Run.History.Assignments);
        Assert.Contains(result.Run.History.Transactions, transaction => transaction.Verdict == Verdict.Committed);
        Assert.Contains(result.Run.History.Sends, send => send is { Source: not null, IsAcknowledged: true });
        Assert.Equal(0, await TopicsAsync(agent.Bootstrap));
    }

    [Fact]
    public async Task Another_broker_that_makes_no_topics_is_reviewed_on_one_that_is_there()
    {
        using var broker = new MockBroker();
        broker.CreateTopic(Topic, Partitions);
        await ReviewAsync(broker.Bootstrap, Topic, Ability.Transactions);
    }

    [Fact]
    public async Task A_broker_that_shows_aborted_records_is_found_out()
    {
        using var broker = new MockBroker();
        broker.CreateTopic(Topic, Partitions);
        var result = await RunAsync(broker.Bootstrap, Topic, Ability.Groups);
        Assert.Contains(result.Anomalies, anomaly => anomaly.Kind == AnomalyKind.AbortedRead);
    }

    [Fact]
    public async Task A_topic_that_holds_something_already_is_not_used()
    {
        using var broker = new MockBroker();
        broker.CreateTopic(Topic, Partitions);
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        await producer.ProduceAsync(Topic, new Message<Null, byte[]> { Value = [1] });
        var failure = await Assert.ThrowsAsync<ReviewException>(() => RunAsync(broker.Bootstrap, Topic, Ability.Transactions));
        Assert.Contains("not empty", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_said_to_be_missing()
    {
        using var broker = new MockBroker();
        var failure = await Assert.ThrowsAsync<ReviewException>(() => RunAsync(broker.Bootstrap, "nowhere"));
        Assert.Contains("there is no topic 'nowhere'", failure.Message, StringComparison.Ordinal);
    }

    private async Task<RunResult> ReviewAsync(string bootstrap, string? topic, params Ability[] leftOut)
    {
        var result = await RunAsync(bootstrap, topic, leftOut);
        Assert.True(result.IsClean, MarkdownReport.Write(ChaosReport.Of(result)));
        Assert.True(result.Run.History.Sends.Count(send => send.IsAcknowledged) > 100, "under 100 records were acknowledged: that proves nothing");
        Assert.True(result.Run.History.Polls.Sum(poll => poll.Records.Count) > 300, "under 300 records were read: that proves nothing");
        return result;
    }

    private Task<RunResult> RunAsync(string bootstrap, string? topic, params Ability[] leftOut) => ReviewRun.RunAsync(
        new ReviewOptions(bootstrap, TimeSpan.FromSeconds(5), topic, Partitions, ReplicationFactor: -1, RecordsPerSecond: 30, AnyBroker: false, KeepTopic: false, leftOut),
        output.WriteLine, CancellationToken.None);

    private static async Task<int> TopicsAsync(string bootstrap)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        return await Task.Run(() => admin.GetMetadata(TimeSpan.FromSeconds(30)).Topics.Count(topic => topic.Topic.StartsWith("review", StringComparison.Ordinal)));
    }
}
