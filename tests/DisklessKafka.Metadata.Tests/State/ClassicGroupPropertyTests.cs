using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>Whatever members say, in whatever order, repeated, late, from live agents and dead ones and across snapshots: a group stays what a group is.</summary>
public sealed class ClassicGroupPropertyTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(500, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_group_stays_consistent_whatever_is_said(int seed)
    {
        var random = new Random(seed);
        var driver = new StateDriver();
        driver.Register(StateDriver.Alice, timeoutMs: int.MaxValue);
        for (var i = 0; i < 8; i++) driver.CreateTopic("t" + i, 4);
        var commands = new RandomGroupCommands(random);
        var generations = new Dictionary<string, int>();
        var committed = new Dictionary<(string Group, uint Topic, uint Partition), long>();
        var seen = new HashSet<ClassicState>();
        for (var i = 0; i < 3_000; i++)
        {
            driver.TimeMs += random.Next(30) == 0 ? random.Next(60_000) : random.Next(400);
            var command = Draw(commands, driver.State, random);
            // A dead agent's commands change nothing, also where they are repeated.
            if (random.Next(10) == 0) driver.ApplyAll(StateDriver.Bob, command);
            var outcome = driver.ApplyAll(StateDriver.Alice, command)[0];
            Note(command.Body, outcome, committed);
            if (random.Next(300) == 0) driver = new StateDriver(await ReplayPropertyTests.ThroughSnapshotAsync(driver.State)) { TimeMs = driver.TimeMs };
            foreach (var group in driver.State.View.Groups.All) Check(group, driver.State, generations, seen);
            foreach (var id in generations.Keys.Where(id => !driver.State.View.Groups.TryFind(new GroupId(id), out _)).ToList()) Forget(id, generations, committed);
            foreach (var ((id, topic, partition), offset) in committed) Assert.Equal(offset, driver.State.FindOffset(new GroupId(id), (int)topic, (int)partition)?.Offset);
        }

        Assert.Equal(4, seen.Count); // else the commands are too tame to prove anything
    }

    private static Command Draw(RandomGroupCommands commands, ClusterState state, Random random) => random.Next(20) switch
    {
        < 8 => commands.Join(),
        < 11 => commands.Sync(state),
        < 12 => commands.Leave(),
        < 13 => commands.Expire(state),
        < 14 => commands.Move(),
        < 15 when random.Next(4) == 0 => commands.Delete(),
        < 16 when random.Next(4) == 0 => commands.DeleteOffsets(),
        _ => commands.Commit(state),
    };

    private static void Check(Group group, ClusterState state, Dictionary<string, int> generations, HashSet<ClassicState> seen)
    {
        if (group.View.Classic is not { } classic) return;
        seen.Add(classic.State);
        Assert.True(classic.Generation >= generations.GetValueOrDefault(group.Id.Value), "a generation came back");
        generations[group.Id.Value] = classic.Generation;
        Assert.Equal(classic.Members.Values.Count(member => member.IsJoining), classic.Joining);
        Assert.Equal(classic.Members.Values.Where(member => member.InstanceId is not null).Select(member => (member.InstanceId!, member.Id)).Order(), classic.Instances.Select(pair => (pair.Key, pair.Value)).Order());
        Assert.DoesNotContain(classic.Pending.Keys, classic.Members.ContainsKey);
        Assert.True(classic.NextDueMs > state.View.TimeMs || classic.NextDueMs == long.MaxValue, "something was due and did not happen");
        switch (classic.State)
        {
            case ClassicState.Empty:
                Assert.Empty(classic.Members);
                break;
            case ClassicState.PreparingRebalance:
                Assert.NotEmpty(classic.Members);
                Assert.True(classic.Joining < classic.Members.Count || classic.InitialDelayMs > 0 || classic.Pending.Count > 0, "everybody has joined and the rebalance does not go on");
                Assert.NotEqual(long.MaxValue, classic.RebalanceDueMs);
                break;
            case ClassicState.CompletingRebalance or ClassicState.Stable:
                Assert.Equal(0, classic.Joining);
                Assert.Contains(classic.Leader!, classic.Members.Keys);
                Assert.All(classic.Members.Values, member => Assert.True(member.Supports(classic.Protocol!)));
                if (classic.State == ClassicState.CompletingRebalance) Assert.All(classic.Members.Values, member => Assert.True(member.Assignment.IsEmpty));
                break;
        }
    }

    /// <summary>What was committed stays until it is deleted, committed again, or its group is gone.</summary>
    private static void Note(IMessage body, object? outcome, Dictionary<(string Group, uint Topic, uint Partition), long> committed)
    {
        switch (body, outcome)
        {
            case (CommitOffsets commit, CommitOffsetsOutcome { Status: CommitOffsetsStatus.Committed } done):
                for (var i = 0; i < commit.Offsets.Length; i++)
                    if (done.IsKnown[i])
                        committed[(commit.Group.Value, commit.Offsets[i].Topic, commit.Offsets[i].Partition)] = (long)commit.Offsets[i].Offset;
                break;
            case (DeleteOffsets delete, DeleteOffsetsOutcome { Status: DeleteOffsetsStatus.Deleted } done):
                for (var i = 0; i < delete.Partitions.Length; i++)
                    if (!done.IsSubscribed[i])
                        committed.Remove((delete.Group.Value, delete.Partitions[i].Topic, delete.Partitions[i].Partition));
                break;
            case (DeleteGroup delete, DeleteGroupOutcome { Status: DeleteGroupStatus.Deleted }):
                foreach (var key in committed.Keys.Where(key => key.Group == delete.Group.Value).ToList()) committed.Remove(key);
                break;
        }
    }

    private static void Forget(string id, Dictionary<string, int> generations, Dictionary<(string Group, uint Topic, uint Partition), long> committed)
    {
        generations.Remove(id);
        Assert.DoesNotContain(committed.Keys, key => key.Group == id);
    }
}
