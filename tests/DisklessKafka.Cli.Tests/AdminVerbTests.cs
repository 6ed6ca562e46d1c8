using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>Operators' verbs against a real agent process.</summary>
public sealed class AdminVerbTests : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new("admin");
    private AgentProcess _agent = null!;

    public async Task InitializeAsync() => _agent = await AgentProcess.StartAsync(["--data", _folder.Path]);

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_topic_is_created_listed_described_and_deleted()
    {
        Assert.Equal("created orders\n", (await RunAsync("topics", "create", "orders", "--partitions", "3", "--config", "retention.ms=1234")).OrThrow().Output);
        Assert.Equal("orders\n", (await RunAsync("topics", "list")).OrThrow().Output);
        var described = (await RunAsync("topics", "describe", "orders")).OrThrow().Output;
        Assert.StartsWith("orders: 3 partitions\n", described, StringComparison.Ordinal);
        Assert.Contains("retention.ms=1234", described, StringComparison.Ordinal);
        Assert.Equal("", (await RunAsync("topics", "create", "orders", "--if-not-exists")).OrThrow().Output);
        Assert.Equal((1, "diskless: orders: Topic 'orders' already exists.\n"), await RefusalAsync("topics", "create", "orders"));
        Assert.Equal("deleted orders\n", (await RunAsync("topics", "delete", "orders")).OrThrow().Output);
        Assert.Equal("", (await RunAsync("topics", "list")).OrThrow().Output);
    }

    [Fact]
    public async Task A_group_is_listed_described_with_its_lag_and_deleted()
    {
        (await RunAsync("topics", "create", "orders", "--partitions", "1")).OrThrow();
        (await ToolProcess.RunAsync("kcat", ["-b", _agent.Bootstrap, "-P", "-t", "orders"], "a\nb\nc\n")).OrThrow();
        (await ToolProcess.RunAsync("kcat", ["-b", _agent.Bootstrap, "-G", "readers", "-c", "3", "-q", "-X", "auto.offset.reset=earliest", "orders"], limit: TimeSpan.FromSeconds(45))).OrThrow();
        (await ToolProcess.RunAsync("kcat", ["-b", _agent.Bootstrap, "-P", "-t", "orders"], "d\n")).OrThrow();
        Assert.Equal("readers  Empty\n", (await RunAsync("groups", "list")).OrThrow().Output);
        Assert.Contains("orders/0: at 3 of 4, lag 1", (await RunAsync("groups", "describe", "readers")).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal("deleted readers\n", (await RunAsync("groups", "delete", "readers")).OrThrow().Output);
        Assert.Equal((1, "diskless: readers: GroupIdNotFound\n"), await RefusalAsync("groups", "delete", "readers"));
    }

    [Fact]
    public async Task Settings_are_described_set_and_put_back()
    {
        (await RunAsync("topics", "create", "orders", "--config", "retention.ms=7")).OrThrow();
        Assert.Equal("retention.ms=7\n", (await RunAsync("configs", "describe", "topic", "orders")).OrThrow().Output);
        Assert.Equal("altered topic orders\n", (await RunAsync("configs", "alter", "topic", "orders", "--set", "max.message.bytes=5000", "--delete", "retention.ms")).OrThrow().Output);
        Assert.Equal("max.message.bytes=5000\n", (await RunAsync("configs", "describe", "topic", "orders")).OrThrow().Output);
        Assert.Contains("cleanup.policy=delete\n", (await RunAsync("configs", "describe", "topic", "orders", "--all")).OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_settings_that_makes_no_sense_is_refused_with_its_reason()
    {
        (await RunAsync("topics", "create", "orders")).OrThrow();
        Assert.Equal((1, "diskless: nothing to change; write --set KEY=VALUE or --delete KEY\n"), await RefusalAsync("configs", "alter", "topic", "orders"));
        Assert.Equal((1, "diskless: shelf has no settings; write topic, broker or group\n"), await RefusalAsync("configs", "describe", "shelf", "orders"));
        Assert.Equal((1, "diskless: --set retention.ms: write KEY=VALUE\n"), await RefusalAsync("configs", "alter", "topic", "orders", "--set", "retention.ms"));
        var (code, errors) = await RefusalAsync("configs", "alter", "topic", "orders", "--set", "compression.type=zstd");
        Assert.Equal(1, code);
        Assert.Contains("set the compression in the producer", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_named()
    {
        var result = await ToolProcess.RunAsync("dotnet", [TestMachine.AgentAssembly, "topics", "list", "--bootstrap", "127.0.0.1:1"]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("diskless: no broker answers: 127.0.0.1:1: ", result.Errors, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Errors)> RefusalAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        return (result.ExitCode, result.Errors);
    }

    private Task<ToolResult> RunAsync(params string[] arguments) =>
        ToolProcess.RunAsync("dotnet", [TestMachine.AgentAssembly, .. arguments, "--bootstrap", _agent.Bootstrap], limit: TimeSpan.FromMinutes(1));
}
