using System.Net;
using System.Text.RegularExpressions;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>The agent as a process: starting, serving, stopping.</summary>
public sealed class AgentVerbTests : IDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly ScratchFolder _folder = new("agent");

    public void Dispose() => _folder.Dispose();

    private Task<AgentProcess> StartAsync(params string[] arguments) => AgentProcess.StartAsync(["--data", _folder.Path, .. arguments]);

    private static async Task<WireClient> ConnectAsync(AgentProcess agent)
    {
        var client = await WireClient.ConnectAsync(IPEndPoint.Parse(agent.Bootstrap));
        await client.NegotiateAsync();
        return client;
    }

    private static string HttpOf(AgentProcess agent) => "http://" + agent.ReadyLine.Split("http=")[1];

    /// <summary>Asks the metrics until a batch waits to be stored.</summary>
    private static async Task TakenAsync(AgentProcess agent)
    {
        using var http = new HttpClient();
        using var deadline = new CancellationTokenSource(WireClient.Patience);
        while (!Regex.IsMatch(await http.GetStringAsync(new Uri($"{HttpOf(agent)}/metrics"), CancellationToken.None), @"^diskless_write_unanswered_bytes [1-9]", RegexOptions.Multiline))
            if (deadline.IsCancellationRequested)
                throw new TimeoutException("no batch was taken in");
    }

    [Fact]
    public async Task A_newcomer_sees_where_the_data_is_and_what_to_type()
    {
        await using var agent = await StartAsync();
        Assert.Contains($"file:{_folder.Path}/objects", agent.Said, StringComparison.Ordinal);
        Assert.Contains($"kcat -b {agent.Bootstrap} -P -t greetings", agent.Said, StringComparison.Ordinal);
        Assert.Matches(@"^ready kafka=127\.0\.0\.1:\d+ listen=127\.0\.0\.1:\d+ http=127\.0\.0\.1:\d+$", agent.ReadyLine);
        Assert.InRange(agent.Said.Split('\n').Length, 1, 12);
    }

    [Fact]
    public async Task Health_is_good_and_metrics_tell_of_requests()
    {
        await using var agent = await StartAsync();
        await using var client = await ConnectAsync(agent);
        using var http = new HttpClient();
        Assert.Equal("ready\n", await http.GetStringAsync(new Uri($"{HttpOf(agent)}/healthz")));
        Assert.Equal("ready\n", await http.GetStringAsync(new Uri($"{HttpOf(agent)}/readyz")));
        Assert.Contains("diskless_requests_total{api=\"ApiVersions\"} 1", await http.GetStringAsync(new Uri($"{HttpOf(agent)}/metrics")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Told_to_stop_it_answers_what_it_has_taken_and_ends_with_exit_code_0()
    {
        await using var agent = await StartAsync("--flush-interval", "3s", "--gathering-delay", "3s");
        await using var client = await ConnectAsync(agent);
        var topic = await client.CreateTopicAsync("a");
        var answer = client.ProduceAsync(topic, 0, WireClientVerbs.Batch(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), "buffered"), timeoutMs: 60_000);
        await TakenAsync(agent);
        Assert.Equal(0, await agent.TerminateAsync(StopLimit));
        Assert.Equal((Protocol.ErrorCode.None, 0), ((await answer).ErrorCode, (await answer).BaseOffset));
        Assert.Contains("stopped", agent.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("warn", agent.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_restart()
    {
        Protocol.TopicId topic;
        await using (var agent = await StartAsync())
        {
            await using var client = await ConnectAsync(agent);
            topic = await client.CreateTopicAsync("a");
            await client.ProduceAsync(topic, 0, WireClientVerbs.Batch(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), "1", "2"));
            await agent.KillAsync();
        }

        await using var again = await StartAsync();
        await using var reader = await ConnectAsync(again);
        Assert.Equal([(0, "1"), (1, "2")], (await reader.FetchAsync(topic, 0, 0, maxWaitMs: 5_000)).Records());
    }

    [Fact]
    public async Task Options_come_from_a_file_and_flags_win_over_it()
    {
        await File.WriteAllTextAsync(_folder.Of("agent.json"), $$"""{ "objects": "memory:", "zone": "of-the-file", "set": { "num.partitions": 4 } }""");
        await using var agent = await AgentProcess.StartAsync("--config", _folder.Of("agent.json"), "--zone", "of-the-flag");
        await using var client = await ConnectAsync(agent);
        var cluster = await client.SendAsync(new Protocol.Messages.DescribeClusterRequest());
        Assert.Equal("of-the-flag", Assert.Single(cluster.Brokers).Rack);
        await client.CreateTopicAsync("a", partitions: -1);
        var metadata = await client.SendAsync(new Protocol.Messages.MetadataRequest { Topics = [new() { Name = new Protocol.TopicName("a") }] });
        Assert.Equal(4, metadata.Topics[0].Partitions.Count);
    }

    [Fact]
    public async Task When_its_log_is_set_back_it_says_so_and_begins_anew_with_what_is_there()
    {
        await using var agent = await StartAsync();
        await using (var client = await ConnectAsync(agent)) await client.CreateTopicAsync("kept");
        var log = Path.Combine(_folder.Path, "objects", "log");
        var before = Directory.GetFiles(log, "*", SearchOption.AllDirectories).ToHashSet();
        await using (var client = await ConnectAsync(agent)) await client.CreateTopicAsync("lost");
        foreach (var entry in Directory.GetFiles(log, "*", SearchOption.AllDirectories))
            if (!before.Contains(entry))
                File.Delete(entry);

        await agent.SaysAsync("begins anew", WireClient.Patience);
        await agent.SaysAsync("ready kafka=", WireClient.Patience, times: 2);
        await using var reader = await ConnectAsync(agent); // at the same address
        var all = await reader.SendAsync(new Protocol.Messages.MetadataRequest { Topics = null });
        Assert.Equal("kept", Assert.Single(all.Topics).Name!.Value.Value);
    }

    [Fact]
    public async Task The_demo_shows_itself_and_leaves_nothing_behind()
    {
        var result = await ToolProcess.RunAsync("dotnet", [TestMachine.AgentAssembly, "demo", "--seconds", "2"], environment: new Dictionary<string, string> { ["TMPDIR"] = _folder.Path });
        result.OrThrow();
        Assert.Contains("each once and in order", result.Output, StringComparison.Ordinal);
        Assert.Contains("0 GETs of segments", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path, "diskless-demo-*"));
    }
}
