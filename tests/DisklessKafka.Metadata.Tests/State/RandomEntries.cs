using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>
/// Entries of several agents that do everything there is to do, well and badly: what is stale, repeated or wrong comes
/// up as often as what is right. The state it is drawn against only serves to make some of it right.
/// </summary>
internal sealed class RandomEntries(Random random)
{
    private readonly StateDriver _driver = new();
    private readonly Guid[] _sessions = [.. Enumerable.Range(0, 6).Select(_ => NewGuid(random))];
    private readonly Dictionary<Guid, long> _segments = [];
    private readonly Dictionary<(long, uint, uint), int> _sequences = [];

    private readonly RandomGroupCommands _groups = new(random);
    private readonly RandomTransactionCommands _transactions = new(random);

    public ClusterState State => _driver.State;

    public LogEntry Next()
    {
        _driver.TimeMs += random.Next(50) switch { 0 => random.Next(20_000), 1 => -random.Next(1_000), 2 => random.Next(3_600_000), _ => random.Next(200) };
        var session = _sessions[random.Next(_sessions.Length)];
        if (!State.IsLive(session) && random.Next(3) > 0) session = _sessions[random.Next(_sessions.Length)] = NewGuid(random);
        var commands = new List<Command>();
        if (!State.IsLive(session) && random.Next(5) > 0) commands.Add(Register());
        for (var count = 1 + random.Next(3); count > 0; count--) commands.Add(Draw(session));
        var entry = _driver.Next(session, [.. commands]);
        State.Apply(entry, wantOutcomes: false);
        return entry;
    }

    private Command Draw(Guid session) => random.Next(80) switch
    {
        60 or 61 => _transactions.Init(State),
        62 or 63 or 64 => _transactions.Add(State, AnyPartition()),
        65 or 66 or 67 => _transactions.End(State),
        68 or 69 => _transactions.Commit(State, AnyPartition()),
        70 => _transactions.Abort(State, AnyPartition()),
        40 or 41 or 42 or 43 or 44 => _groups.Join(),
        45 or 46 => _groups.Sync(State),
        47 => _groups.Leave(),
        48 => _groups.Expire(State),
        49 => _groups.Move(),
        50 => _groups.Delete(),
        51 or 52 or 53 or 54 => _groups.Commit(State),
        55 => _groups.DeleteOffsets(),
        0 => Command.Of(new KeepAlive()),
        1 when random.Next(4) == 0 => Command.Of(new EndSession()),
        2 or 3 => Create(),
        4 when random.Next(3) == 0 => Command.Of(new DeleteTopic { TopicId = AnyTopic()?.Id ?? default }),
        5 => Command.Of(new CreatePartitions { TopicId = AnyTopic()?.Id ?? default, Count = random.Next(8) }),
        6 => Configure(),
        7 or 8 or 9 => Delete(),
        10 => Forget(),
        11 => Command.Of(new AllocateProducerIds { Count = (uint)random.Next(5) }),
        12 => Command.Of(new InitProducerId { ProducerId = new ProducerId(random.Next(30)), Epoch = (short)random.Next(3) }),
        13 => Command.Of(new ClaimJob { Job = "j" + random.Next(3) }),
        14 => Command.Of(new ReleaseJob { Job = "j" + random.Next(3) }),
        15 => Command.Of(new SnapshotTaken { Key = "k" + random.Next(99), Version = State.View.Version - random.Next(20), SizeBytes = 5, Minor = 7, CursorHash = 3 }),
        16 => Register(),
        _ => Commit(session),
    };

    private Command<RegisterAgentOutcome> Register() => Command.Of(new RegisterAgent
    {
        Zone = "z" + random.Next(3), Host = "h" + random.Next(3), Port = random.Next(3), Listed = random.Next(2) == 0,
        SessionTimeoutMs = 5_000 + random.Next(60_000), Software = "s", MaxFeatureLevel = FeatureLevels.Newest,
    });

    private Command<CreateTopicsOutcome> Create() => Command.Of(new CreateTopics
    {
        Topics = [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => new CreateTopics.NewTopic
        {
            Name = new TopicName("t" + "._-"[random.Next(3)] + random.Next(12)), TopicId = new TopicId(NewGuid(random)), Partitions = random.Next(6), ReplicationFactor = 1,
            Configs = random.Next(2) == 0 ? [] : [new CreateTopics.TopicConfig { Key = "k" + random.Next(3), Value = "v" + random.Next(3) }],
        })],
    });

    private Command<AlterConfigsOutcome> Configure() => Command.Of(new AlterConfigs
    {
        Resources =
        [
            new AlterConfigs.Resource
            {
                Type = random.Next(2) == 0 ? (sbyte)2 : (sbyte)4, Name = random.Next(2) == 0 ? AnyTopic()?.Name.Value ?? "none" : "", ReplaceAll = random.Next(4) == 0,
                Changes = [new AlterConfigs.Change { Key = random.Next(4) == 0 ? "producer.id.expiration.ms" : "k" + random.Next(4), Op = (sbyte)random.Next(5), Value = random.Next(9_999_999).ToString(System.Globalization.CultureInfo.InvariantCulture), Unset = "a,b" }],
            },
        ],
    });

    private Command<DeleteRecordsOutcome> Delete()
    {
        var (topic, partition) = AnyPartition();
        var end = State.View.Topics.All.ToArray().FirstOrDefault(found => found.Ordinal == topic)?.Find((int)partition)?.View.HighWatermark ?? 5;
        var before = random.Next(4) == 0 ? random.Next(3) - 2 : random.NextInt64(end + 2);
        return Command.Of(new DeleteRecords { Partitions = [new DeleteRecords.Target { Topic = topic, Partition = partition, Before = before }] });
    }

    private Command<DoneOutcome> Forget() => Command.Of(new ForgetSegments
    {
        Segments = [.. State.PendingDeletions.Where(_ => random.Next(2) == 0).Take(9)
            .Select(pending => new ForgetSegments.Segment { Session = (uint)pending.Segment.Session, Sequence = (ulong)pending.Segment.Sequence })],
    });

    private Command<CommitOutcome> Commit(Guid session)
    {
        var sequence = _segments[session] = _segments.GetValueOrDefault(session, -1) + 1 - (random.Next(20) == 0 ? 1 : 0) + (random.Next(20) == 0 ? 300 : 0);
        var builder = new CommitBuilder(Math.Max(0, sequence));
        var position = 0;
        for (var pieces = random.Next(6); pieces > 0; pieces--)
        {
            var (topic, partition) = AnyPartition();
            builder.BeginPiece((int)topic, (int)partition, position);
            for (var batches = 1 + random.Next(4); batches > 0; batches--)
            {
                AddBatch(builder, topic, partition);
                position += 100;
            }
        }

        return Command.Of(builder.Build(position + random.Next(50)));
    }

    private void AddBatch(CommitBuilder builder, uint topic, uint partition)
    {
        var count = 1 + random.Next(9);
        var time = _driver.TimeMs - random.Next(10_000);
        if (random.Next(2) == 0)
        {
            builder.Add(100, count, time);
            return;
        }

        if (random.Next(2) == 0)
        {
            var (_, producer, epoch) = _transactions.Any(State);
            var last = FindProducer(topic, partition, producer);
            builder.Add(100, count, time, producer, epoch, last?.Epoch == epoch ? last.Value.LastSequence + 1 : 0, isTransactional: random.Next(10) > 0, joinsTransaction: random.Next(2) == 0);
            return;
        }

        var key = ((long)random.Next(5), topic, partition);
        var sequence = _sequences.GetValueOrDefault(key);
        if (random.Next(8) == 0) sequence = Math.Max(0, sequence - count);
        _sequences[key] = sequence + count;
        builder.Add(100, count, time, key.Item1, (short)(random.Next(30) == 0 ? 1 : 0), sequence);
    }

    private ProducerInfo? FindProducer(uint topic, uint partition, long producer) =>
        State.View.Topics.All.ToArray().FirstOrDefault(found => found.Ordinal == topic) is { } known && State.FindProducers(known.Id, (int)partition) is { } producers
            ? producers.Where(each => each.ProducerId == producer).Select(each => (ProducerInfo?)each).FirstOrDefault()
            : null;

    private Topic? AnyTopic()
    {
        var topics = State.View.Topics.All;
        return topics.IsEmpty ? null : topics[random.Next(topics.Length)];
    }

    private (uint Topic, uint Partition) AnyPartition() => (random.Next(20) == 0 ? (uint)random.Next(40) : (uint)(AnyTopic()?.Ordinal ?? 0), (uint)random.Next(5));

    private static Guid NewGuid(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
