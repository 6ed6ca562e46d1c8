using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Storage.Objects.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Metadata.Tests.Replication;

/// <summary>One log and one store, and any number of replicas on them.</summary>
internal sealed class Cluster(ManualTime time, int seed, ILogFaults? faults = null)
{
    private readonly Random _random = new(seed);

    public static readonly AgentDescription Description = new("zone", "host", 9092, "test", IsListed: true, TimeSpan.FromSeconds(30));

    public MemoryMetadataLog Memory { get; } = new(time, faults);

    public MemoryObjectStore Objects { get; } = new(time);

    public Task<Replica> StartAsync(ReplicaOptions? options = null, IReplicaObserver? observer = null, IMetadataLog? log = null) =>
        Replica.StartAsync(log ?? Memory, Objects, options ?? new ReplicaOptions(), time, new Random(_random.Next()), observer, NullLogger.Instance, CancellationToken.None);

    public async Task<(Replica Replica, AgentSession Session)> StartAgentAsync(ReplicaOptions? options = null, IReplicaObserver? observer = null, IMetadataLog? log = null)
    {
        var replica = await StartAsync(options, observer, log);
        return (replica, await replica.RegisterAsync(Description, CancellationToken.None));
    }

    public Command<CreateTopicsOutcome> CreateTopic(string name, int partitions = 1)
    {
        var id = new byte[16];
        _random.NextBytes(id);
        return Command.Of(new CreateTopics { Topics = [new CreateTopics.NewTopic { Name = new TopicName(name), TopicId = new TopicId(new Guid(id)), Partitions = partitions }] });
    }

    public static Command<CommitOutcome> OneRecord(Partition partition, long sequence, long producer = -1, int producerSequence = 0)
    {
        var builder = new CommitBuilder(sequence);
        builder.BeginPiece(partition.TopicOrdinal, partition.Index, 0);
        if (producer < 0) builder.Add(10, 1, 1);
        else builder.Add(10, 1, 1, producer, 0, producerSequence);
        return Command.Of(builder.Build(10));
    }

    public static Partition Find(Replica replica, string topic, int index = 0) =>
        replica.View.Topics.TryFind(new TopicName(topic), out var found) && found.Find(index) is { } partition
            ? partition
            : throw new InvalidOperationException($"the replica has no {topic}-{index}");
}

/// <summary>Counts the calls of a log.</summary>
internal sealed class CountingLog(IMetadataLog log) : IMetadataLog
{
    public int Appends { get; private set; }
    public int Reads { get; private set; }
    public int Ends { get; private set; }
    public List<LogCursor> Trims { get; } = [];

    public ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        Appends++;
        return log.AppendAsync(session, sequence, payload, cancellation);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        Reads++;
        return log.ReadAsync(after, maxBytes, cancellation);
    }

    public ValueTask<LogCursor> EndAsync(CancellationToken cancellation)
    {
        Ends++;
        return log.EndAsync(cancellation);
    }

    public ValueTask TrimAsync(LogCursor through, CancellationToken cancellation)
    {
        Trims.Add(through);
        return log.TrimAsync(through, cancellation);
    }

    public ValueTask DisposeAsync() => log.DisposeAsync();
}

/// <summary>Faults decided by a function, which a test may exchange on the way.</summary>
internal sealed class ChosenFaults : ILogFaults
{
    public Func<LogCall, LogFault> Choose { get; set; } = _ => default;

    public LogFault Next(LogCall call) => Choose(call);
}
