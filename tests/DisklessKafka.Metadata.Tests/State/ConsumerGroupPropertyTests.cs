using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>
/// Members that believe only what they are told, over answers that are lost, requests that arrive twice, topics that come and
/// go, time-outs and snapshots: at no moment do two of them hold one partition, and once all is quiet everything is read.
/// </summary>
public sealed class ConsumerGroupPropertyTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(900, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task No_two_members_ever_hold_one_partition_and_in_the_end_all_are_read(int seed)
    {
        var random = new Random(seed);
        var driver = new ConsumerGroupDriver();
        driver.Driver.Register(StateDriver.Bob, timeoutMs: int.MaxValue);
        for (var i = 0; i < 4; i++) driver.Driver.CreateTopic("t" + i, 1 + random.Next(6));
        var members = Enumerable.Range(0, 6).Select(i => new Believer("m" + i, i < 2 ? "i" + i : null, random)).ToList();
        var seen = new HashSet<MemberProgress>();
        for (var step = 0; step < 2_000; step++)
        {
            driver.Driver.TimeMs += random.Next(2_000);
            members[random.Next(members.Count)].Step(driver, canLose: true);
            if (random.Next(60) == 0) Shake(driver, members, random);
            if (random.Next(300) == 0) driver.Driver = new StateDriver(await ReplayPropertyTests.ThroughSnapshotAsync(driver.Driver.State)) { TimeMs = driver.Driver.TimeMs };
            Check(driver, members, seen);
        }

        foreach (var member in members) member.IsWillingToLeave = false;
        for (var round = 0; round < 20; round++)
            foreach (var member in members)
                member.Step(driver, canLose: false);
        Check(driver, members, seen);
        Assert.Equal(ConsumerState.Stable, driver.Group.State);
        var read = members.SelectMany(member => member.Holds.ByTopic().SelectMany(each => each.Partitions.Select(partition => (each.Topic, partition)))).ToHashSet();
        foreach (var topic in driver.Driver.State.View.Topics.All)
            if (driver.Group.Reads(topic.Name.Value))
                for (var partition = 0; partition < topic.Partitions.Length; partition++)
                    Assert.Contains((topic.Ordinal, partition), read);
        Assert.Equal(3, seen.Count); // else nothing was hard
    }

    /// <summary>Topics come, grow and go; silent members are removed.</summary>
    private static void Shake(ConsumerGroupDriver driver, List<Believer> members, Random random)
    {
        var topics = driver.Driver.State.View.Topics.All.ToArray();
        var topic = topics[random.Next(topics.Length)];
        switch (random.Next(4))
        {
            case 0:
                driver.Driver.ApplyAll(StateDriver.Alice, Command.Of(new DeleteTopic { TopicId = topic.Id }));
                driver.Driver.CreateTopic(topic.Name.Value, 1 + random.Next(6));
                break;
            case 1:
                driver.Driver.ApplyAll(StateDriver.Alice, Command.Of(new CreatePartitions { TopicId = topic.Id, Count = topic.Partitions.Length + 1 }));
                break;
            case 2:
                if (!driver.Driver.State.View.Groups.TryFind(ConsumerGroupDriver.G, out var group) || group.View.Consumer is not { Members.Count: > 0 } consumer) break;
                var silent = consumer.Members.Values.ElementAt(random.Next(consumer.Members.Count));
                driver.Driver.ApplyAll(StateDriver.Alice, Command.Of(new ExpireMember { Group = ConsumerGroupDriver.G, MemberId = silent.Id, Home = silent.Home }));
                break;
            case 3:
                driver.Driver.TimeMs += ConsumerGroupDriver.RebalanceMs;
                driver.Driver.ApplyAll(StateDriver.Alice, Command.Of(new KeepAlive()));
                break;
        }

        // Who is not a member any more will be told with its next heartbeat; until then it is a zombie, as everywhere.
        foreach (var member in members) member.NoteRemoval(driver);
    }

    private static void Check(ConsumerGroupDriver driver, List<Believer> members, HashSet<MemberProgress> seen)
    {
        if (!driver.Driver.State.View.Groups.TryFind(ConsumerGroupDriver.G, out var found) || found.View.Consumer is not { } group) return;
        foreach (var member in members) member.NoteRemoval(driver);
        var held = new Dictionary<ulong, string>();
        foreach (var (id, member) in group.Members)
        {
            seen.Add(member.Progress);
            Assert.True(member.Epoch <= group.Epoch, "a member is ahead of its group");
            Assert.True(member.DueMs > driver.Driver.State.View.TimeMs, "something was due and did not happen");
            foreach (var key in member.Assigned.Union(member.Revoking).Keys) Assert.True(held.TryAdd(key, id), $"{id} and {held[key]} are both given a partition");
        }

        var believed = new Dictionary<ulong, string>();
        foreach (var member in members.Where(member => !member.IsRemoved))
            foreach (var key in member.Holds.Keys)
                Assert.True(believed.TryAdd(key, member.Id), $"{member.Id} and {believed.GetValueOrDefault(key)} both hold a partition");
    }

    /// <summary>A client: holds what it has been told and has not given up.</summary>
    private sealed class Believer(string id, string? instance, Random random)
    {
        private int _epoch;
        private string[] _topics = ["t0"];
        private PartitionSet? _told;

        public string Id => id;

        public PartitionSet Holds { get; private set; } = PartitionSet.Empty;

        public bool IsRemoved { get; private set; }

        public bool IsWillingToLeave { get; set; } = true;

        public void NoteRemoval(ConsumerGroupDriver driver) =>
            IsRemoved = !driver.Driver.State.View.Groups.TryFind(ConsumerGroupDriver.G, out var group) || group.View.Consumer?.Members.ContainsKey(id) != true;

        public void Step(ConsumerGroupDriver driver, bool canLose)
        {
            if (_epoch > 0 && _told is not null && (!canLose || random.Next(2) == 0)) Reconcile();
            if (_epoch > 0 && IsWillingToLeave && random.Next(40) == 0)
            {
                Send(driver, instance is not null && random.Next(2) == 0 ? ConsumerMember.AwayEpoch : ConsumerMember.LeaveEpoch, null);
                (_epoch, Holds, _told) = (0, PartitionSet.Empty, null);
                return;
            }

            if (_epoch == 0) _topics = [.. Enumerable.Range(0, 4).Where(_ => random.Next(3) > 0).Select(i => "t" + i)];
            var request = Request(_epoch, _epoch == 0 ? PartitionSet.Empty : Holds, _epoch == 0 || random.Next(20) == 0);
            var outcomes = driver.Driver.ApplyAll(random.Next(2) == 0 ? StateDriver.Alice : StateDriver.Bob, Command.Of(request));
            if (canLose && random.Next(8) == 0) outcomes = driver.Driver.ApplyAll(StateDriver.Alice, Command.Of(request)); // arrives twice, and the first answer is lost
            if (canLose && random.Next(6) == 0) return; // the answer is lost
            Hear((ConsumerHeartbeatOutcome)outcomes[0]!);
        }

        private void Hear(ConsumerHeartbeatOutcome outcome)
        {
            if (outcome.Status == ConsumerHeartbeatStatus.Done)
            {
                _epoch = outcome.Member!.Epoch;
                _told = outcome.Member.Assigned;
                // What it is to give up it gives up later; what it is newly given it takes at once.
                if (Holds.IsSubsetOf(_told)) Reconcile();
            }
            else
            {
                (_epoch, Holds, _told) = (0, PartitionSet.Empty, null);
            }
        }

        private void Reconcile()
        {
            Holds = Holds.IsSubsetOf(_told!) ? _told! : Holds.Intersect(_told!);
        }

        private ConsumerHeartbeat Request(int epoch, PartitionSet? owned, bool isFull) => new()
        {
            Group = ConsumerGroupDriver.G, MemberId = id, InstanceId = instance, MemberEpoch = epoch, ClientId = "c", ClientHost = "h", MaxSize = 99,
            RebalanceTimeoutMs = isFull ? 20_000 + (id.Length * 1_000) : -1, Topics = isFull ? [.. _topics] : null, Owned = ConsumerGroupDriver.ToHeld(owned),
        };

        private void Send(ConsumerGroupDriver driver, int epoch, PartitionSet? owned) => driver.Driver.ApplyAll(StateDriver.Alice, Command.Of(Request(epoch, owned, isFull: false)));
    }
}
