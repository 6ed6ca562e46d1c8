using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>Applies commands to a state the way a log would hand them out.</summary>
internal sealed class StateDriver
{
    public static readonly Guid Alice = new("a0000000-0000-4000-8000-000000000000");
    public static readonly Guid Bob = new("b0000000-0000-4000-8000-000000000000");

    private long _number;

    /// <param name="state">One that goes on; null for a new one.</param>
    public StateDriver(ClusterState? state = null) => (State, _number) = (state ?? new ClusterState(), state?.View.Version ?? 0);

    public ClusterState State { get; }

    /// <summary>The log's clock.</summary>
    public long TimeMs { get; set; } = 1_000_000;

    /// <summary>Every entry so far.</summary>
    public List<LogEntry> Entries { get; } = [];

    public static StateDriver WithAlice()
    {
        var driver = new StateDriver();
        driver.Register(Alice);
        return driver;
    }

    /// <returns>The ordinal of the session.</returns>
    public int Register(Guid session, int timeoutMs = 30_000, short maxLevel = FeatureLevels.Newest) =>
        Apply(session, Command.Of(new RegisterAgent { Zone = "z", Host = "h", Port = 9092, Listed = true, SessionTimeoutMs = timeoutMs, MaxFeatureLevel = maxLevel })).Ordinal;

    public Topic CreateTopic(string name, int partitions = 1)
    {
        var outcome = Apply(Alice, Command.Of(NewTopic(name, partitions))).Topics[0];
        Assert.Equal(CreateTopicStatus.Created, outcome.Status);
        Assert.True(State.View.Topics.TryFind(new TopicName(name), out var topic));
        return topic;
    }

    public CreateTopics NewTopic(string name, int partitions = 1) => new()
    {
        Topics = [new CreateTopics.NewTopic { Name = new TopicName(name), TopicId = IdOf(State.View.Version, name), Partitions = partitions, ReplicationFactor = 3 }],
    };

    public TOutcome Apply<TOutcome>(Guid session, Command<TOutcome> command) where TOutcome : class =>
        Assert.IsType<TOutcome>(ApplyAll(session, command)[0]);

    public object?[] ApplyAll(Guid session, params Command[] commands)
    {
        var applied = State.Apply(Next(session, commands), wantOutcomes: true);
        return applied.Outcomes!;
    }

    public LogEntry Next(Guid session, params Command[] commands)
    {
        _number++;
        var payload = EntryWriter.Encode(FeatureLevels.Initial, [.. commands.Select(command => EntryWriter.Encode(command.Type, command.Body))]);
        LogEntry entry = new(new LogCursor(0, 0, _number, (uint)_number), TimeMs, session, _number, payload);
        Entries.Add(entry);
        return entry;
    }

    public CommitOutcome Commit(Guid session, long sequence, Action<CommitBuilder> fill, int sizeBytes = 1 << 20)
    {
        var builder = new CommitBuilder(sequence);
        fill(builder);
        return Apply(session, Command.Of(builder.Build(sizeBytes)));
    }

    public static TopicId IdOf(long version, string name)
    {
        var bytes = new byte[16];
        new Random(unchecked((int)version * 31 + name.Sum(letter => letter * 7))).NextBytes(bytes);
        return new TopicId(new Guid(bytes));
    }
}
