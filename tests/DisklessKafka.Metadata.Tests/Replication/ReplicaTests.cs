using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Replication;

public sealed class ReplicaTests
{
    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5];

    [Fact]
    public void An_append_returns_with_its_outcome_once_this_replica_has_applied_it() => TestLoop.Run(1, async time =>
    {
        var cluster = new Cluster(time, 1);
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        var created = await session.AppendAsync(cluster.CreateTopic("t"), default);
        Assert.Equal(AppendStatus.Applied, created.Status);
        Assert.Equal(CreateTopicStatus.Created, created.Outcome!.Topics[0].Status);
        var partition = Cluster.Find(replica, "t");
        for (var i = 0; i < 3; i++)
        {
            var committed = await session.AppendAsync(Cluster.OneRecord(partition, i), default);
            Assert.Equal(i, committed.Outcome!.Batches[0].BaseOffset);
            Assert.Equal(i + 1, partition.View.HighWatermark);
        }
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_queues_up_while_an_append_is_in_flight_goes_out_as_one_entry_in_order(int seed) => TestLoop.Run(seed, async time =>
    {
        var cluster = new Cluster(time, seed, new ChosenFaults { Choose = call => call == LogCall.Append ? new LogFault(Before: TimeSpan.FromMilliseconds(5)) : default });
        var log = new CountingLog(cluster.Memory);
        var (replica, session) = await cluster.StartAgentAsync(log: log);
        await using var running = replica;
        await session.AppendAsync(cluster.CreateTopic("t"), default);
        var partition = Cluster.Find(replica, "t");
        var before = log.Appends;
        var appends = Enumerable.Range(0, 50).Select(i => session.AppendAsync(Cluster.OneRecord(partition, i), default).AsTask()).ToArray();
        var results = await Task.WhenAll(appends);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), results.Select(result => result.Outcome!.Batches[0].BaseOffset));
        Assert.InRange(log.Appends - before, 1, 2);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Two_agents_read_their_own_and_each_others_writes_behind_a_barrier(int seed) => TestLoop.Run(seed, async time =>
    {
        var faults = new RandomLogFaults(new Random(seed)) { MaxDelay = TimeSpan.FromMilliseconds(20), HiddenRate = 0.3 };
        var cluster = new Cluster(time, seed, faults);
        var (first, one) = await cluster.StartAgentAsync();
        var (second, two) = await cluster.StartAgentAsync();
        await using var a = first;
        await using var b = second;
        Assert.NotEqual(one.Ordinal, two.Ordinal);
        await one.AppendAsync(cluster.CreateTopic("t"), default);
        await second.BarrierAsync(default);
        for (var i = 0; i < 20; i++)
        {
            await one.AppendAsync(Cluster.OneRecord(Cluster.Find(first, "t"), i), default);
            await second.BarrierAsync(default);
            Assert.Equal(2 * i + 1, Cluster.Find(second, "t").View.HighWatermark);
            await two.AppendAsync(Cluster.OneRecord(Cluster.Find(second, "t"), i), default);
            Assert.Equal(2 * i + 2, await first.QueryAsync(state => Cluster.Find(first, "t").View.HighWatermark, default));
        }
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Appends_in_doubt_happen_once(int seed) => TestLoop.Run(seed, async time =>
    {
        var faults = new RandomLogFaults(new Random(seed)) { MaxDelay = TimeSpan.FromMilliseconds(30), DoubtRate = 0.3, FailureRate = 0.2, HiddenRate = 0.2 };
        var cluster = new Cluster(time, seed, new ChosenFaults { Choose = call => time.Elapsed < TimeSpan.FromSeconds(1) ? default : faults.Next(call) });
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        await session.AppendAsync(cluster.CreateTopic("t"), default);
        await time.Delay(TimeSpan.FromSeconds(2));
        var partition = Cluster.Find(replica, "t");
        var seen = new List<long>();
        for (var i = 0; i < 100; i++)
        {
            var result = await session.AppendAsync(Cluster.OneRecord(partition, i), default);
            Assert.Equal(AppendStatus.Applied, result.Status);
            seen.Add(result.Outcome!.Batches[0].BaseOffset);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), seen);
    });

    [Fact]
    public void Who_gives_up_before_the_command_is_sent_knows_that_nothing_happened() => TestLoop.Run(3, async time =>
    {
        var faults = new ChosenFaults();
        var cluster = new Cluster(time, 3, faults);
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        faults.Choose = call => call == LogCall.Append ? new LogFault(Before: TimeSpan.FromSeconds(5)) : default;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
        var inFlight = session.AppendAsync(cluster.CreateTopic("a"), patience.Token).AsTask();
        await time.Delay(TimeSpan.FromSeconds(1));
        var queued = session.AppendAsync(cluster.CreateTopic("b"), patience.Token).AsTask();
        Assert.Equal(AppendStatus.OutcomeUnknown, (await inFlight).Status);
        Assert.Equal(AppendStatus.NotAppended, (await queued).Status);

        faults.Choose = _ => default;
        await session.AppendAsync(Command.Of(new KeepAlive()), default);
        Assert.True(replica.View.Topics.TryFind(new TopicName("a"), out _)); // unknown was right: it did happen
        Assert.False(replica.View.Topics.TryFind(new TopicName("b"), out _));
    });

    [Fact]
    public void A_log_that_is_away_is_asked_until_it_is_back() => TestLoop.Run(4, async time =>
    {
        var faults = new ChosenFaults();
        var cluster = new Cluster(time, 4, faults);
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        faults.Choose = _ => new LogFault(LogOutcome.Failure);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3), time);
        var given = session.AppendAsync(cluster.CreateTopic("given-up"), patience.Token).AsTask();
        var append = session.AppendAsync(cluster.CreateTopic("t"), default).AsTask();
        var barrier = replica.BarrierAsync(default).AsTask();
        await time.Delay(TimeSpan.FromSeconds(10));
        Assert.False(append.IsCompleted);
        Assert.False(barrier.IsCompleted);
        Assert.True(given.IsCompleted);
        faults.Choose = _ => default;
        Assert.Equal(AppendStatus.Applied, (await append).Status);
        await barrier;
        Assert.False(replica.Stopped.IsCompleted);
    });

    /// <summary>Found by a simulated run: two copies of one call on their way, of which the first fails for good and the second arrives.</summary>
    [Fact]
    public void A_call_that_was_given_up_and_arrives_all_the_same_does_not_pass_for_the_next_one() => TestLoop.Run(15, async time =>
    {
        var cluster = new Cluster(time, 15);
        var log = new RefusingLog(cluster.Memory);
        var (replica, session) = await cluster.StartAgentAsync(log: log);
        await using var running = replica;
        log.Refuses = true;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3), time);
        Assert.Equal(AppendStatus.OutcomeUnknown, (await session.AppendAsync(cluster.CreateTopic("given-up"), patience.Token)).Status);
        await time.Delay(TimeSpan.FromSeconds(1)); // until its entry is dropped, too
        log.Refuses = false;
        await log.ArriveAsync();
        var next = session.AppendAsync(cluster.CreateTopic("t"), default).AsTask();
        await time.Delay(TimeSpan.FromSeconds(10));
        Assert.True(next.IsCompleted, "the next command has no outcome");
        Assert.True(replica.View.Topics.TryFind(new TopicName("t"), out _));
    });

    [Fact]
    public void A_session_that_is_silent_too_long_ends_and_another_begins() => TestLoop.Run(5, async time =>
    {
        var faults = new ChosenFaults();
        var cluster = new Cluster(time, 5, faults);
        var (replica, old) = await cluster.StartAgentAsync();
        var (other, _) = await cluster.StartAgentAsync();
        await using var a = replica;
        await using var b = other;
        await old.AppendAsync(cluster.CreateTopic("t"), default);
        var partition = Cluster.Find(replica, "t");

        // The agent is paused with a segment uploaded and its commit not sent: its appends arrive 40 s late.
        var isPaused = true;
        faults.Choose = call => isPaused && call == LogCall.Append ? new LogFault(Before: TimeSpan.FromSeconds(40)) : default;
        var late = old.AppendAsync(Cluster.OneRecord(partition, 0), default).AsTask();
        await time.Delay(TimeSpan.FromMilliseconds(1));
        isPaused = false;
        var result = await late;
        Assert.Equal(AppendStatus.SessionEnded, result.Status);
        await old.Ended;
        Assert.False(old.IsLive);
        Assert.Equal(0, partition.View.HighWatermark);
        Assert.Equal(AppendStatus.SessionEnded, (await old.AppendAsync(Cluster.OneRecord(partition, 1), default)).Status);

        var next = await replica.RegisterAsync(Cluster.Description, default);
        Assert.NotEqual(old.Ordinal, next.Ordinal);
        Assert.Equal(old.NodeId, next.NodeId);
        Assert.NotEqual(old.Id, next.Id);
        Assert.Equal(AppendStatus.Applied, (await next.AppendAsync(Cluster.OneRecord(partition, 0), default)).Status);
        Assert.Equal(1, partition.View.HighWatermark);
    });

    [Fact]
    public void An_idle_agent_reads_four_times_a_second_and_says_that_it_lives_three_times_a_time_out() => TestLoop.Run(6, async time =>
    {
        var cluster = new Cluster(time, 6);
        var log = new CountingLog(cluster.Memory);
        var (replica, session) = await cluster.StartAgentAsync(log: log);
        await using var running = replica;
        await time.Delay(TimeSpan.FromSeconds(60));
        var (appends, reads, ends) = (log.Appends, log.Reads, log.Ends);
        await time.Delay(TimeSpan.FromSeconds(300));
        Assert.InRange(log.Appends - appends, 29, 31);
        Assert.InRange(log.Reads - reads, 1, 4 * 300 + 2 * 31);
        Assert.Equal(ends, log.Ends);
        Assert.True(session.IsLive);
    });

    [Fact]
    public void All_who_wait_at_the_same_moment_share_one_question_for_the_end() => TestLoop.Run(7, async time =>
    {
        var cluster = new Cluster(time, 7, new ChosenFaults { Choose = call => call == LogCall.End ? new LogFault(Before: TimeSpan.FromMilliseconds(1), After: TimeSpan.FromMilliseconds(10)) : default });
        var log = new CountingLog(cluster.Memory);
        var (replica, _) = await cluster.StartAgentAsync(log: log);
        await using var running = replica;
        var before = log.Ends;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => replica.BarrierAsync(default).AsTask()));
        Assert.InRange(log.Ends - before, 1, 2);
    });

    [Fact]
    public void A_barrier_sees_what_was_acknowledged_while_an_older_question_was_on_its_way() => TestLoop.Run(8, async time =>
    {
        var faults = new ChosenFaults();
        var cluster = new Cluster(time, 8, faults);
        var (writer, session) = await cluster.StartAgentAsync();
        var (reader, _) = await cluster.StartAgentAsync();
        await using var a = writer;
        await using var b = reader;
        faults.Choose = call => call == LogCall.End ? new LogFault(After: TimeSpan.FromMilliseconds(50)) : default; // the answer is old when it arrives
        var older = reader.BarrierAsync(default).AsTask();
        await time.Delay(TimeSpan.FromMilliseconds(10));
        await session.AppendAsync(cluster.CreateTopic("t"), default);
        await reader.BarrierAsync(default);
        Assert.True(reader.View.Topics.TryFind(new TopicName("t"), out _));
        await older;
    });

    [Fact]
    public void A_log_that_lost_entries_stops_the_replica() => TestLoop.Run(9, async time =>
    {
        var cluster = new Cluster(time, 9);
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        await session.AppendAsync(cluster.CreateTopic("t"), default);
        cluster.Memory.Rewind(1);
        Assert.IsType<LogRewoundException>(await replica.Stopped);
        Assert.False(session.IsLive);
        Assert.NotEqual(AppendStatus.Applied, (await session.AppendAsync(cluster.CreateTopic("u"), default)).Status);
        await Assert.ThrowsAsync<ReplicaStoppedException>(async () => await replica.BarrierAsync(default));
        await Assert.ThrowsAsync<ReplicaStoppedException>(async () => await replica.QueryAsync(state => state.ExtentCount, default));
    });

    [Fact]
    public void An_entry_that_the_log_took_and_lost_unread_is_missed() => TestLoop.Run(14, async time =>
    {
        var faults = new ChosenFaults();
        var cluster = new Cluster(time, 14, faults);
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        faults.Choose = call => call == LogCall.Append ? new LogFault(Hidden: TimeSpan.FromSeconds(5)) : default;
        var lost = session.AppendAsync(cluster.CreateTopic("t"), default).AsTask();
        await time.Delay(TimeSpan.FromSeconds(1));
        cluster.Memory.Rewind(1); // the replica's own place in the log is as it was
        faults.Choose = _ => default;
        await session.AppendAsync(cluster.CreateTopic("u"), default);
        Assert.IsType<LogRewoundException>(await replica.Stopped);
        Assert.Equal(AppendStatus.OutcomeUnknown, (await lost).Status);
    });

    [Fact]
    public void A_replica_that_disagrees_stops() => TestLoop.Run(10, async time =>
    {
        var cluster = new Cluster(time, 10);
        var (replica, session) = await cluster.StartAgentAsync();
        var (witness, _) = await cluster.StartAgentAsync();
        await using var a = replica;
        await using var b = witness;
        await PassHashVersionAsync(replica, session);
        await witness.BarrierAsync(default);
        Assert.False(replica.Stopped.IsCompleted);
        Assert.False(witness.Stopped.IsCompleted);

        var version = replica.View.Version / RecentHashes.Interval * RecentHashes.Interval;
        await session.AppendAsync(Command.Of(new StateHash { Version = version, Hash = 4711 }), new CancellationTokenSource(TimeSpan.FromSeconds(1), time).Token);
        Assert.IsType<StateDivergedException>(await witness.Stopped);
        Assert.IsType<StateDivergedException>(await replica.Stopped);
    });

    [Fact]
    public void The_author_of_the_entry_at_which_all_hash_tells_its_hash() => TestLoop.Run(11, async time =>
    {
        var cluster = new Cluster(time, 11);
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        await PassHashVersionAsync(replica, session);
        await session.AppendAsync(Command.Of(new KeepAlive()), default);
        await replica.BarrierAsync(default);
        var entries = await cluster.Memory.ReadAsync(LogCursor.Start, int.MaxValue, default);
        Assert.Equal(1, entries.Count(entry => Types(entry).Contains(CommandType.StateHash)));

        static List<CommandType> Types(LogEntry entry)
        {
            var reader = new EntryReader(entry.Payload);
            var types = new List<CommandType>();
            while (reader.TryNext(out var command)) types.Add(command.Type);
            return types;
        }
    });

    [Fact]
    public void Observers_hear_of_partitions_after_they_can_be_seen() => TestLoop.Run(12, async time =>
    {
        var cluster = new Cluster(time, 12);
        var observer = new Observer();
        var (replica, session) = await cluster.StartAgentAsync(observer: observer);
        await using var running = replica;
        await session.AppendAsync(cluster.CreateTopic("t", 2), default);
        Assert.Contains("topics", observer.Seen);
        observer.Seen.Clear();
        await session.AppendAsync(Cluster.OneRecord(Cluster.Find(replica, "t", 1), 0), default);
        Assert.Equal(["0-1 at 1"], observer.Seen);
    });

    [Fact]
    public void A_watched_log_is_read_often_only_while_there_are_others() => TestLoop.Run(13, async time =>
    {
        var cluster = new Cluster(time, 13);
        var log = new CountingLog(cluster.Memory);
        var (replica, _) = await cluster.StartAgentAsync(log: log);
        await using var a = replica;
        replica.BeginWatch();
        var alone = await ReadsAsync();
        var (other, otherSession) = await cluster.StartAgentAsync();
        await using var b = other;
        await time.Delay(TimeSpan.FromSeconds(1));
        var together = await ReadsAsync();
        replica.EndWatch();
        await time.Delay(TimeSpan.FromSeconds(1));
        var unwatched = await ReadsAsync();
        Assert.InRange(alone, 1, 6 * 5);
        Assert.InRange(together, 5 * 40, 5 * 120);
        Assert.InRange(unwatched, 1, 6 * 5);

        async Task<int> ReadsAsync()
        {
            var before = log.Reads;
            await time.Delay(TimeSpan.FromSeconds(5));
            return log.Reads - before;
        }
    });

    [Fact]
    public void A_query_that_throws_hurts_only_its_asker() => TestLoop.Run(14, async time =>
    {
        var cluster = new Cluster(time, 14);
        var (replica, _) = await cluster.StartAgentAsync();
        await using var running = replica;
        await Assert.ThrowsAsync<FormatException>(async () => await replica.QueryAsync<int>(_ => throw new FormatException(), default));
        Assert.Equal(0, await replica.QueryAsync(state => state.ExtentCount, default));
    });

    [Fact]
    public void Ending_a_session_refuses_what_comes_later() => TestLoop.Run(15, async time =>
    {
        var cluster = new Cluster(time, 15);
        var (replica, session) = await cluster.StartAgentAsync();
        await using var running = replica;
        Assert.Equal(AppendStatus.Applied, await session.UpdateAsync(Cluster.Description with { IsListed = false }, default));
        Assert.False(replica.View.Agents.Find(session.Ordinal)!.IsListed);
        await session.EndAsync(default);
        await session.Ended;
        Assert.Equal(0, replica.View.Agents.Count);
        Assert.Equal(AppendStatus.SessionEnded, (await session.AppendAsync(cluster.CreateTopic("t"), default)).Status);
    });

    private static async Task PassHashVersionAsync(Replica replica, AgentSession session)
    {
        var passed = replica.View.Version / RecentHashes.Interval + 1;
        while (replica.View.Version < passed * RecentHashes.Interval)
            Assert.Equal(AppendStatus.Applied, (await session.AppendAsync(Command.Of(new KeepAlive()), default)).Status);
    }

    private sealed class Observer : IReplicaObserver
    {
        public List<string> Seen { get; } = [];

        public void OnApplied(in AppliedEntry applied)
        {
            if (applied.TopicsChanged) Seen.Add("topics");
            foreach (var partition in applied.Advanced) Seen.Add($"{partition.TopicOrdinal}-{partition.Index} at {partition.View.HighWatermark}");
        }
    }
}
