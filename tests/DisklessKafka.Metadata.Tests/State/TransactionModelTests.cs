using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;
using Client = DisklessKafka.Metadata.Tests.State.TransactionModel.Client;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>
/// Random producers of both versions of transactions, their zombies, repeated and late commands, dead sessions, time-outs, deletions
/// and snapshots against the simple model: stable offsets, aborted lists, what readers make of them, and what groups have committed
/// are the same at every step.
/// </summary>
public sealed class TransactionModelTests
{
    private const int Partitions = 3, Clients = 4, Rounds = 1_000;
    private const int TimeoutMs = 10_000;
    private static readonly string[] Groups = ["g", "h"];

    private readonly TransactionModel _model = new(Partitions);
    private readonly Client[] _clients = [.. Enumerable.Range(0, Clients).Select(_ => new Client())];
    private readonly List<InitTransactionsOutcome>[] _zombies = [.. Enumerable.Range(0, Clients).Select(_ => new List<InitTransactionsOutcome>())];
    private StateDriver _driver = StateDriver.WithAlice();
    private TransactionDriver _commands;
    private Topic _topic;

    public TransactionModelTests()
    {
        _driver.Register(StateDriver.Alice, int.MaxValue);
        _topic = _driver.CreateTopic("t", Partitions);
        _commands = new TransactionDriver(_driver);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(26)]
    public async Task Readers_see_what_the_simple_model_says(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Clients; i++) Begin(i);
        for (var round = 0; round < Rounds; round++)
        {
            _driver.TimeMs += random.Next(3);
            Step(random, random.Next(Clients));
            if (random.Next(100) == 0) await ReloadAsync();
            Check(random);
        }

        Assert.True(_model.CommittedCount > 20, "next to nothing was committed: the test proves little");
        Assert.True(_model.AbortedCount > 20, "next to nothing was aborted: the test proves little");
        Assert.True(_model.CommittedOffsetCount > 20, "next to no offset was committed: the test proves little");
    }

    private void Step(Random random, int at)
    {
        switch (random.Next(27))
        {
            case 0:
                Begin(at);
                break;
            case 1:
                Zombie(random, at);
                break;
            case 2:
                Repeat(at);
                break;
            case 3 when random.Next(6) == 0:
                TimeOut();
                break;
            case 4:
                FromADeadSession(at);
                break;
            case 5:
                Delete(random);
                break;
            case 6 or 7:
                var plain = random.Next(Partitions);
                _commands.WriteOther(_topic, plain, 2);
                _model.Append(plain, 2, null);
                break;
            case 8 or 9 or 10 or 11:
                End(at, commit: random.Next(2) == 0);
                break;
            case 12 or 13 or 14 or 15:
                Offset(random, at, Groups[random.Next(Groups.Length)], random.Next(Partitions));
                break;
            case 16:
                CommitPlainly(Groups[random.Next(Groups.Length)], random.Next(Partitions), random.Next(1_000));
                break;
            case 17 when random.Next(3) == 0:
                DeleteGroup(Groups[random.Next(Groups.Length)]);
                break;
            default:
                Write(random, at, random.Next(Partitions), 1 + random.Next(3));
                break;
        }
    }

    private void Begin(int at)
    {
        var client = _clients[at];
        if (client.Open is { } open) _model.Finish(open, commit: false);
        if (client.Producer is not null) _zombies[at].Add(client.Producer);
        Become(client, _commands.Init($"tx{at}", TimeoutMs));
        (client.Ended, client.LastEnd) = (null, null);
    }

    private void Write(Random random, int at, int partition, int count)
    {
        var client = _clients[at];
        var tx = client.Open ?? Open(random, client);
        var sequence = client.Sequences.GetValueOrDefault(partition);
        if (tx.IsOfVersionOne && !tx.Partitions.Contains(partition))
        {
            if (random.Next(3) == 0) Assert.Equal(BatchStatus.NotInTransaction, _commands.Write(client.Producer, _topic, partition, sequence, count).Status);
            Assert.Equal(TransactionStatus.Done, _commands.Add(client.Producer, _topic, partition, $"tx{at}"));
            client.Open = tx;
            tx.Partitions.Add(partition);
            if (random.Next(5) == 0) return; // it announces to write, and then does not
        }

        var end = _model.End(partition);
        Assert.Equal((BatchStatus.Appended, end), _commands.Write(client.Producer, _topic, partition, sequence, count, joins: !tx.IsOfVersionOne));
        if (random.Next(4) == 0) Assert.Equal((BatchStatus.Duplicate, end), _commands.Write(client.Producer, _topic, partition, sequence, count, joins: !tx.IsOfVersionOne));
        client.Open = tx;
        _model.Append(partition, count, tx);
        client.Sequences[partition] = sequence + count;
    }

    private void Offset(Random random, int at, string group, int partition)
    {
        var client = _clients[at];
        var tx = client.Open ?? Open(random, client);
        var offset = random.Next(1_000);
        if (tx.IsOfVersionOne && !tx.Groups.Contains(group))
        {
            if (random.Next(3) == 0) Assert.Equal(TransactionStatus.InvalidState, _commands.Offset(client.Producer, group, _topic, partition, offset, id: $"tx{at}").Status);
            Assert.Equal(TransactionStatus.Done, _commands.AddGroup(client.Producer, group, $"tx{at}"));
            client.Open = tx;
            tx.Groups.Add(group);
            if (random.Next(5) == 0) return;
        }

        var outcome = _commands.Offset(client.Producer, group, _topic, partition, offset, joins: !tx.IsOfVersionOne, id: $"tx{at}");
        Assert.Equal((TransactionStatus.Done, CommitOffsetsStatus.Committed), (outcome.Status, outcome.Member));
        client.Open = tx;
        tx.Groups.Add(group);
        tx.Offsets[(group, partition)] = (offset, _driver.TimeMs);
    }

    private TransactionModel.Tx Open(Random random, Client client) => new(client.Producer.ProducerId, _driver.TimeMs, isOfVersionOne: random.Next(2) == 0);

    private void CommitPlainly(string group, int partition, long offset)
    {
        var outcome = _driver.Apply(StateDriver.Alice, Command.Of(new CommitOffsets
        {
            Group = new GroupId(group), MemberId = "", Generation = -1, Offsets = [new() { Topic = (uint)_topic.Ordinal, Partition = (uint)partition, Offset = (ulong)offset, LeaderEpoch = -1, Metadata = "" }],
        }));
        Assert.Equal(CommitOffsetsStatus.Committed, outcome.Status);
        _model.CommitOffset(group, partition, offset, _driver.TimeMs);
    }

    private void DeleteGroup(string group)
    {
        var isThere = _model.DeleteGroup(group);
        Assert.Equal(isThere ? DeleteGroupStatus.Deleted : DeleteGroupStatus.UnknownGroup, _driver.Apply(StateDriver.Alice, Command.Of(new DeleteGroup { Group = new GroupId(group) })).Status);
        if (!isThere) return;
        foreach (var client in _clients)
        {
            if (client.Open is not { } open) continue;
            open.Groups.Remove(group);
            for (var partition = 0; partition < Partitions; partition++) open.Offsets.Remove((group, partition));
        }
    }

    private void End(int at, bool commit)
    {
        var client = _clients[at];
        if (client.Open?.IsOfVersionOne ?? at % 2 == 0) EndVersionOne(at, client, commit);
        else EndVersionTwo(at, client, commit);
    }

    /// <summary>The producer keeps its epoch; a repetition is known by the outcome that it asks for.</summary>
    private void EndVersionOne(int at, Client client, bool commit)
    {
        var outcome = _commands.End(client.Producer, commit, bumps: false, $"tx{at}");
        if (client.Open is not { } open)
        {
            Assert.Equal(client.LastEnd == commit ? TransactionStatus.Done : TransactionStatus.InvalidState, outcome.Status);
            return;
        }

        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, client.Producer.ProducerId, client.Producer.Epoch), outcome);
        _model.Finish(open, commit);
        (client.Open, client.Ended, client.LastEnd) = (null, null, commit);
    }

    private void EndVersionTwo(int at, Client client, bool commit)
    {
        var outcome = _commands.End(client.Producer, commit, bumps: true, $"tx{at}");
        if (client.Open is null && commit)
        {
            Assert.Equal(TransactionStatus.InvalidState, outcome.Status);
            return;
        }

        Assert.Equal(TransactionStatus.Done, outcome.Status);
        if (client.Open is { } open) _model.Finish(open, commit);
        (client.Ended, client.EndedWithCommit, client.LastEnd) = (client.Producer, commit, commit);
        _zombies[at].Add(client.Producer);
        Become(client, client.Producer with { ProducerId = outcome.ProducerId, Epoch = outcome.Epoch });
    }

    /// <summary>The client did not hear the answer to its last end.</summary>
    private void Repeat(int at)
    {
        var client = _clients[at];
        if (client.Ended is not { } ended || client.Open is not null) return;
        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, client.Producer.ProducerId, client.Producer.Epoch), _commands.End(ended, client.EndedWithCommit, bumps: true, $"tx{at}"));
        Assert.Equal(TransactionStatus.InvalidState, _commands.End(ended, !client.EndedWithCommit, bumps: true, $"tx{at}").Status);
    }

    /// <summary>What a producer of old does changes nothing.</summary>
    private void Zombie(Random random, int at)
    {
        if (_zombies[at].Count == 0) return;
        var zombie = _zombies[at][random.Next(_zombies[at].Count)];
        Assert.Equal(BatchStatus.StaleProducerEpoch, _commands.Write(zombie, _topic, random.Next(Partitions), random.Next(5), 1, joins: true).Status);
        Assert.Equal(TransactionStatus.Fenced, _commands.Add(zombie, _topic, 0, $"tx{at}"));
        Assert.Equal(TransactionStatus.Fenced, _commands.Offset(zombie, Groups[0], _topic, 0, 1, joins: random.Next(2) == 0, id: $"tx{at}").Status);
        if (zombie != _clients[at].Ended) Assert.Equal(TransactionStatus.Fenced, _commands.End(zombie, random.Next(2) == 0, bumps: true, $"tx{at}").Status);
    }

    private void TimeOut()
    {
        _driver.TimeMs += TimeoutMs;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        foreach (var (client, at) in _clients.Select((client, at) => (client, at)).OrderBy(each => each.client.Open?.StartMs).ThenBy(each => each.at)) // as they fell due
        {
            if (client.Open is not { } open) continue;
            _model.Finish(open, commit: false);
            (client.Ended, client.EndedWithCommit, client.LastEnd) = (client.Producer, false, false); // a client of version two may still abort, and learns its epoch
            _zombies[at].Add(client.Producer);
            Become(client, client.Producer with { Epoch = (short)(client.Producer.Epoch + 1) });
        }
    }

    private void FromADeadSession(int at)
    {
        var producer = _clients[at].Producer;
        var outcome = _driver.ApplyAll(StateDriver.Bob, Command.Of(new EndTransaction
        {
            TransactionalId = new TransactionalId($"tx{at}"), ProducerId = new ProducerId(producer.ProducerId), Epoch = producer.Epoch, Commit = true, BumpsEpoch = true,
        }));
        Assert.IsType<RefusedOutcome>(outcome[0]);
    }

    private void Delete(Random random)
    {
        var partition = random.Next(Partitions);
        var before = random.NextInt64(_model.End(partition) / 2 + 1);
        _driver.Apply(StateDriver.Alice, Command.Of(new DeleteRecords { Partitions = [new() { Topic = (uint)_topic.Ordinal, Partition = (uint)partition, Before = before }] }));
        _model.DeleteBefore(partition, before);
    }

    private void Check(Random random)
    {
        for (var partition = 0; partition < Partitions; partition++)
        {
            var view = _topic.Find(partition)!.View;
            Assert.Equal((_model.End(partition), _model.LastStable(partition)), (view.HighWatermark, view.LastStableOffset));
            var from = random.NextInt64(view.LogStartOffset, view.HighWatermark + 1);
            var to = random.NextInt64(from, view.HighWatermark + 1);
            Assert.Equal(_model.AbortedIn(partition, from, to), view.Markers.AbortedIn(from, to).Select(aborted => (aborted.ProducerId, aborted.FirstOffset)));
            var whole = view.Markers.AbortedIn(from, view.LastStableOffset).Select(aborted => (aborted.ProducerId, aborted.FirstOffset));
            Assert.Equal(_model.Visible(partition, from), _model.Filter(partition, from, view.LastStableOffset, whole));
            foreach (var group in Groups) Check(group, partition);
        }
    }

    private void Check(string group, int partition)
    {
        Assert.Equal(_model.Offset(group, partition), _driver.State.FindOffset(new GroupId(group), _topic.Ordinal, partition)?.Offset);
        var isPending = _clients.Any(client => client.Open?.Offsets.ContainsKey((group, partition)) == true);
        Assert.Equal(isPending, _driver.State.HasPendingOffset(new GroupId(group), _topic.Ordinal, partition));
    }

    private async Task ReloadAsync()
    {
        var state = await ReplayPropertyTests.ThroughSnapshotAsync(_driver.State);
        Assert.Equal(_driver.State.Hash(), state.Hash());
        _driver = new StateDriver(state) { TimeMs = _driver.TimeMs };
        _commands = new TransactionDriver(_driver, _commands.NextSegment);
        Assert.True(state.View.Topics.TryFind(_topic.Name, out var topic));
        _topic = topic;
    }

    private static void Become(Client client, InitTransactionsOutcome producer)
    {
        client.Producer = producer;
        client.Open = null;
        client.Sequences.Clear();
    }
}
