using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>Operators' verbs about topics, groups and settings.</summary>
public sealed class AdminVerbTests : OperatorTests
{
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
    public async Task Topics_are_told_to_programs_too()
    {
        (await RunAsync("topics", "create", "orders", "--partitions", "2", "--config", "retention.ms=1234")).OrThrow();
        var listed = Assert.Single((await JsonAsync("topics", "list")).EnumerateArray());
        Assert.Equal(("orders", 2, false), (listed.GetProperty("name").GetString(), listed.GetProperty("partitions").GetInt32(), listed.GetProperty("isInternal").GetBoolean()));
        var described = await JsonAsync("topics", "describe", "orders");
        Assert.Equal(("orders", "1234"), (described.GetProperty("name").GetString(), described.GetProperty("configs").GetProperty("retention.ms").GetString()));
        Assert.Equal([0, 1], described.GetProperty("partitions").EnumerateArray().Select(partition => partition.GetProperty("partition").GetInt32()));
        var config = (await JsonAsync("configs", "describe", "topic", "orders", "--all")).EnumerateArray().ToDictionary(each => each.GetProperty("name").GetString()!);
        Assert.Equal(("1234", false), (config["retention.ms"].GetProperty("value").GetString(), config["retention.ms"].GetProperty("isDefault").GetBoolean()));
        Assert.Equal(("delete", true), (config["cleanup.policy"].GetProperty("value").GetString(), config["cleanup.policy"].GetProperty("isDefault").GetBoolean()));
    }

    [Fact]
    public async Task A_refusal_leaves_nothing_where_programs_read()
    {
        var result = await RunAsync("topics", "describe", "nowhere", "--json");
        Assert.Equal(
            (1, "", "diskless: nowhere: there is no such topic or partition; 'diskless topics list' tells which topics there are\n"), (result.ExitCode, result.Output, result.Errors));
    }

    [Fact]
    public async Task A_topic_gets_more_partitions_and_never_fewer()
    {
        (await RunAsync("topics", "create", "orders", "--partitions", "2")).OrThrow();
        Assert.Equal("altered orders: 3 partitions\n", (await RunAsync("topics", "alter", "orders", "--partitions", "3")).OrThrow().Output);
        Assert.StartsWith("orders: 3 partitions\n", (await RunAsync("topics", "describe", "orders")).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal((1, "diskless: orders: The topic currently has 3 partition(s); 2 would not be an increase.\n"), await RefusalAsync("topics", "alter", "orders", "--partitions", "2"));
        Assert.Equal(
            (2, "diskless: --partitions 0: write a whole number from 1 to 2147483647\n'diskless topics alter --help' tells what there is\n"),
            await RefusalAsync("topics", "alter", "orders", "--partitions", "0"));
    }

    [Fact]
    public async Task The_oldest_records_are_deleted_where_it_was_asked_for()
    {
        (await RunAsync("topics", "create", "orders", "--partitions", "2")).OrThrow();
        foreach (var partition in new[] { "0", "1" })
            (await ToolProcess.RunAsync("kcat", ["-b", Agent.Bootstrap, "-P", "-t", "orders", "-p", partition], "a\nb\nc\n")).OrThrow();
        Assert.Equal("orders/1: records start at 2\n", (await RunAsync("topics", "delete-records", "orders:1", "--before-offset", "2")).OrThrow().Output);
        Assert.Equal("c\n", (await ToolProcess.RunAsync("kcat", ["-b", Agent.Bootstrap, "-C", "-e", "-q", "-t", "orders", "-p", "1"])).OrThrow().Output);
        Assert.Equal("a\nb\nc\n", (await ToolProcess.RunAsync("kcat", ["-b", Agent.Bootstrap, "-C", "-e", "-q", "-t", "orders", "-p", "0"])).OrThrow().Output);
        Assert.Equal((1, "diskless: orders/0: there are no 4 records yet; --all deletes those that there are\n"), await RefusalAsync("topics", "delete-records", "orders:0", "--before-offset", "4"));
        Assert.Equal((1, "diskless: orders/2: there is no such partition; orders has 2\n"), await RefusalAsync("topics", "delete-records", "orders:2", "--all"));
        Assert.Equal("orders/0: records start at 3\norders/1: records start at 3\n", (await RunAsync("topics", "delete-records", "orders", "--all")).OrThrow().Output);
        Assert.Equal(
            (2, "diskless: write one of --before-offset and --all\n'diskless topics delete-records --help' tells what there is\n"), await RefusalAsync("topics", "delete-records", "orders"));
    }

    [Fact]
    public async Task A_group_is_listed_described_with_its_lag_and_deleted()
    {
        (await RunAsync("topics", "create", "orders", "--partitions", "1")).OrThrow();
        (await ToolProcess.RunAsync("kcat", ["-b", Agent.Bootstrap, "-P", "-t", "orders"], "a\nb\nc\n")).OrThrow();
        (await ToolProcess.RunAsync("kcat", ["-b", Agent.Bootstrap, "-G", "readers", "-c", "3", "-q", "-X", "auto.offset.reset=earliest", "orders"], limit: TimeSpan.FromSeconds(45))).OrThrow();
        (await ToolProcess.RunAsync("kcat", ["-b", Agent.Bootstrap, "-P", "-t", "orders"], "d\n")).OrThrow();
        Assert.Equal("readers  Empty\n", (await RunAsync("groups", "list")).OrThrow().Output);
        Assert.Contains("orders/0: at 3 of 4, lag 1", (await RunAsync("groups", "describe", "readers")).OrThrow().Output, StringComparison.Ordinal);
        Assert.Equal("deleted readers\n", (await RunAsync("groups", "delete", "readers")).OrThrow().Output);
        Assert.Equal((1, "diskless: readers: there is no such group; 'diskless groups list' tells which there are\n"), await RefusalAsync("groups", "delete", "readers"));
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
}
