using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using DisklessKafka.Load.Groups;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Load.Verbs;

/// <summary>
/// How long a group takes to share its partitions. A round begins with a group that is not there, which all members join at once; then
/// they all join again, as they do after a change. Each member has a connection of its own, the leader assigns as `range` does.
/// </summary>
internal static class RebalanceVerb
{
    public static async Task<JsonObject> RunAsync(string bootstrap, string topic, int partitions, int members, int rounds)
    {
        await Topics.EnsureAsync(bootstrap, topic, partitions);
        var delay = await InitialDelayAsync(bootstrap);
        List<double> first = [], again = [], joins = [];
        for (var round = 0; round < rounds; round++)
        {
            var group = new GroupId($"{topic}-{round}");
            var all = await Task.WhenAll(Enumerable.Range(0, members).Select(_ => ClassicMember.ConnectAsync(bootstrap, group, topic, partitions)));
            var formed = await MeasureAsync(all);
            // A newcomer prolongs the first wait once more: from the first join on it lasts twice the delay, unless all came at the same instant.
            var waits = formed.Joined > delay * 1.5 ? 2 : 1;
            first.Add((formed.SinceFirst - delay * waits).TotalMilliseconds);
            var changed = await MeasureAsync(all);
            again.Add(changed.SinceLast.TotalMilliseconds);
            joins.Add(changed.Joined.TotalMilliseconds);
            foreach (var member in all) await member.DisposeAsync();
        }

        return new JsonObject
        {
            ["verb"] = "rebalance",
            ["bootstrap"] = bootstrap,
            ["members"] = members,
            ["partitions"] = partitions,
            ["rounds"] = rounds,
            ["initialDelayMs"] = delay.TotalMilliseconds,
            ["newGroupFirstJoinToLastAssignmentLessDelayMs"] = Describe(first),
            ["livingGroupLastJoinToLastAssignmentMs"] = Describe(again),
            ["ofThatJoinsMs"] = Describe(joins),
        };
    }

    private static async Task<(TimeSpan SinceFirst, TimeSpan SinceLast, TimeSpan Joined)> MeasureAsync(ClassicMember[] members)
    {
        var started = Stopwatch.GetTimestamp();
        var joins = Array.ConvertAll(members, member => member.JoinAsync());
        var sent = Stopwatch.GetTimestamp(); // each has sent its join, or for want of an id the first of two
        var joined = TimeSpan.Zero;
        await Task.WhenAll(members.Zip(joins, async (member, join) =>
        {
            await join;
            if (member.IsLeader) joined = Stopwatch.GetElapsedTime(started);
            await member.SyncAsync();
        }));
        var assigned = members.Sum(member => member.Assigned);
        if (assigned != members[0].Partitions) throw new InvalidOperationException($"{assigned} of {members[0].Partitions} partitions are assigned");
        return (Stopwatch.GetElapsedTime(started), Stopwatch.GetElapsedTime(sent), joined);
    }

    private static async Task<TimeSpan> InitialDelayAsync(string bootstrap)
    {
        const string Name = "group.initial.rebalance.delay.ms";
        const sbyte Broker = 4;
        await using var client = await Topics.ConnectAsync(bootstrap);
        var nodes = await client.SendAsync(new MetadataRequest { Topics = [] }, 5);
        var request = new DescribeConfigsRequest { Resources = [new() { ResourceType = Broker, ResourceName = $"{nodes.Brokers[0].NodeId}", ConfigurationKeys = [Name] }] };
        var described = await client.SendAsync(request, 2);
        var value = described.Results[0].Configs.Find(config => config.Name == Name)?.Value
            ?? throw new InvalidOperationException($"the broker does not tell its {Name}: {described.Results[0].ErrorMessage}");
        return TimeSpan.FromMilliseconds(int.Parse(value, CultureInfo.InvariantCulture));
    }

    private static JsonObject Describe(List<double> values)
    {
        values.Sort();
        return new() { ["least"] = Report.Round(values[0]), ["median"] = Report.Round(values[values.Count / 2]), ["most"] = Report.Round(values[^1]) };
    }
}
