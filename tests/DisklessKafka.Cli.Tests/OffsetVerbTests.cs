using System.Text.Json;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>Moving and deleting what a group has committed.</summary>
public sealed class OffsetVerbTests : OperatorTests
{
    /// <summary>2026-01-01T00:00:00 UTC, the first record's time; the others follow a millisecond apart.</summary>
    private const long FirstMs = 1767225600000;

    [Fact]
    public async Task Offsets_are_moved_only_when_that_is_asked_for()
    {
        await using var client = await ConnectAsync();
        await WriteAsync(client);
        Assert.Equal("orders/0: from nothing to 5\norders/1: from nothing to 0\nnothing was changed; --execute does it\n", await ResetAsync("orders", "--to-latest"));
        Assert.Null(await CommittedAsync(client, 0));
        Assert.Equal("orders/0: from nothing to 5\nreset g\n", await ResetAsync("orders:0", "--to-latest", "--execute"));
        Assert.Equal((5, null), (await CommittedAsync(client, 0), await CommittedAsync(client, 1)));
    }

    [Fact]
    public async Task Offsets_go_to_where_they_are_told()
    {
        await using var client = await ConnectAsync();
        await WriteAsync(client);
        (await RunAsync("topics", "delete-records", "orders:0", "--before-offset", "1")).OrThrow();
        await GoesAsync("from nothing to 1", 1, "--to-earliest");
        await GoesAsync("from 1 to 3", 3, "--to-offset", "3");
        await GoesAsync("from 3 to 2", 2, "--shift-by", "-1");
        await GoesAsync("from 2 to 1, the nearest to -7", 1, "--shift-by", "-9");
        await GoesAsync("from 1 to 3", 3, "--to-datetime", "2026-01-01T00:00:00.003");
        await GoesAsync("from 3 to 5", 5, "--to-datetime", "2026-01-02");

        async Task GoesAsync(string plan, long offset, params string[] target)
        {
            Assert.Equal($"orders/0: {plan}\nreset g\n", await ResetAsync("orders:0", [.. target, "--execute"]));
            Assert.Equal(offset, await CommittedAsync(client, 0));
        }
    }

    [Fact]
    public async Task The_plan_is_told_to_programs_too()
    {
        await using var client = await ConnectAsync();
        await WriteAsync(client);
        await ResetAsync("orders:0", "--to-offset", "2", "--execute");
        var plan = await JsonAsync("groups", "reset-offsets", "g", "--topic", "orders:0", "--topic", "orders:1", "--to-offset", "4");
        Assert.Equal(("g", false), (plan.GetProperty("group").GetString(), plan.GetProperty("executed").GetBoolean()));
        var moves = plan.GetProperty("offsets").EnumerateArray().ToList();
        Assert.Equal((2, 4, 4), (moves[0].GetProperty("from").GetInt64(), moves[0].GetProperty("wanted").GetInt64(), moves[0].GetProperty("to").GetInt64()));
        Assert.Equal((JsonValueKind.Null, 4, 0), (moves[1].GetProperty("from").ValueKind, moves[1].GetProperty("wanted").GetInt64(), moves[1].GetProperty("to").GetInt64()));
    }

    [Fact]
    public async Task A_group_with_members_keeps_its_offsets()
    {
        await using var client = await ConnectAsync();
        await WriteAsync(client);
        await JoinAsync(client);
        var described = await JsonAsync("groups", "describe", "g");
        Assert.Equal(("consumer", "Stable"), (described.GetProperty("type").GetString(), described.GetProperty("state").GetString()));
        var member = Assert.Single(described.GetProperty("members").EnumerateArray());
        Assert.Equal(["orders/0", "orders/1"], member.GetProperty("assigned").EnumerateArray().Select(each => each.GetString()));
        Assert.Equal((1, "diskless: g: the group has members (it is Stable); stop them first\n"), await RefusalAsync("groups", "reset-offsets", "g", "--topic", "orders", "--to-latest"));
        Assert.Equal((1, "diskless: orders/0: g still reads the topic; stop its members first\n"), await RefusalAsync("groups", "delete-offsets", "g", "--topic", "orders"));
        Assert.Equal((1, "diskless: g: the group has members; stop them first\n"), await RefusalAsync("groups", "delete", "g"));
    }

    [Fact]
    public async Task What_is_committed_is_forgotten_where_it_was_asked_for()
    {
        await using var client = await ConnectAsync();
        await WriteAsync(client);
        await ResetAsync("orders", "--to-latest", "--execute");
        Assert.Equal("deleted what g committed for orders/0\n", (await RunAsync("groups", "delete-offsets", "g", "--topic", "orders:0")).OrThrow().Output);
        Assert.Equal((null, 0), (await CommittedAsync(client, 0), await CommittedAsync(client, 1)));
        Assert.Equal((1, "diskless: h: there is no such group; 'diskless groups list' tells which there are\n"), await RefusalAsync("groups", "delete-offsets", "h", "--topic", "orders"));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_its_reason()
    {
        await using var client = await ConnectAsync();
        await client.CreateTopicAsync("orders", 2);
        const string oneOf = "write one of --to-earliest, --to-latest, --to-offset, --to-datetime and --shift-by";
        await RefusedAsync(1, "orders/1: nothing is committed, so there is nothing to shift; use --to-offset", "--topic", "orders:1", "--shift-by", "1");
        await RefusedAsync(1, "orders/7: there is no such partition; orders has 2", "--topic", "orders:7", "--to-latest");
        await RefusedAsync(1, "nowhere: there is no such topic or partition; 'diskless topics list' tells which topics there are", "--topic", "nowhere", "--to-latest");
        await RefusedAsync(2, oneOf, "--topic", "orders");
        await RefusedAsync(2, oneOf, "--topic", "orders", "--to-latest", "--shift-by", "1");
        await RefusedAsync(2, "--to-datetime yesterday: write a time like 2025-12-31T23:59:59 or 2025-12-31T23:59:59.000+02:00", "--topic", "orders", "--to-datetime", "yesterday");
        await RefusedAsync(2, "'orders:a': write TOPIC or TOPIC:PARTITION,PARTITION", "--topic", "orders:a", "--to-latest");
        await RefusedAsync(2, "Option '--topic' is required.", "--to-latest");

        async Task RefusedAsync(int exitCode, string expected, params string[] arguments)
        {
            var help = exitCode == 2 ? "'diskless groups reset-offsets --help' tells what there is\n" : "";
            Assert.Equal((exitCode, $"diskless: {expected}\n{help}"), await RefusalAsync(["groups", "reset-offsets", "g", .. arguments]));
        }
    }

    /// <summary>Two partitions, the first with five records.</summary>
    private static async Task WriteAsync(WireClient client)
    {
        var topic = await client.CreateTopicAsync("orders", 2);
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync(topic, 0, WireClientVerbs.Batch(FirstMs, "a", "b", "c", "d", "e"))).ErrorCode);
    }

    private static async Task JoinAsync(WireClient client)
    {
        var request = new ConsumerGroupHeartbeatRequest
        {
            GroupId = new GroupId("g"), MemberId = "bWVtYmVyLW9mLXRoZS1ncg", MemberEpoch = 0, RebalanceTimeoutMs = 60_000, SubscribedTopicNames = [new TopicName("orders")], TopicPartitions = [],
        };
        Assert.Equal(ErrorCode.None, (await client.SendAsync(request)).ErrorCode);
    }

    private async Task<string> ResetAsync(string topic, params string[] arguments) =>
        (await RunAsync(["groups", "reset-offsets", "g", "--topic", topic, .. arguments])).OrThrow().Output;

    private static async Task<long?> CommittedAsync(WireClient client, int partition)
    {
        var response = await client.SendAsync(new OffsetFetchRequest { GroupId = new GroupId("g"), Topics = [new() { Name = new TopicName("orders"), PartitionIndexes = [partition] }] }, 7);
        var committed = response.Topics[0].Partitions[0].CommittedOffset;
        return committed < 0 ? null : committed;
    }
}
