using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Micro;

/// <summary>Clusters and commits for benchmarks of the state and of the log.</summary>
public static class StateWorkload
{
    private const long StartMs = 1_700_000_000_000;

    private static readonly Guid Session = new("5e551011-0000-4000-8000-000000000001");

    /// <summary>One agent, and so many partitions in topics of <paramref name="topicPartitions"/>.</summary>
    public static ClusterState NewState(int partitions, int topicPartitions)
    {
        var state = new ClusterState();
        Apply(state, Command.Of(new RegisterAgent { Host = "h", SessionTimeoutMs = int.MaxValue, MaxFeatureLevel = FeatureLevels.Newest }));
        for (var topic = 0; topic * topicPartitions < partitions; topic++)
        {
            Apply(state, Command.Of(new CreateTopics
            {
                Topics = [new CreateTopics.NewTopic { Name = new TopicName($"t{topic}"), TopicId = new TopicId(new Guid(topic + 1, 0, 0, new byte[8])), Partitions = Math.Min(topicPartitions, partitions - topic * topicPartitions) }],
            }));
        }

        return state;
    }

    public static LogEntry[] Commits(int entries, int partitions, int topicPartitions, bool isIdempotent) =>
        [.. Enumerable.Range(0, entries).Select(number => Commit(number, partitions, topicPartitions, isIdempotent))];

    /// <summary>The segment of that number: 20 records in 16 KiB for each partition.</summary>
    public static LogEntry Commit(int number, int partitions, int topicPartitions, bool isIdempotent)
    {
        const int BatchBytes = 16_000, Records = 20, HeaderBytes = 16;
        var builder = new CommitBuilder(number);
        for (var p = 0; p < partitions; p++)
        {
            builder.BeginPiece(p / topicPartitions, p % topicPartitions, HeaderBytes + p * BatchBytes);
            var time = 1_700_000_000_000 + number * 250L + p % 100;
            if (isIdempotent) builder.Add(BatchBytes, Records, time, 1_000 + p % 300, 0, number * Records);
            else builder.Add(BatchBytes, Records, time);
        }

        return Entry(Command.Of(builder.Build(HeaderBytes + partitions * BatchBytes + 1_000)), number + 1_000_000);
    }

    /// <summary>A segment that holds some of many partitions; segment by segment all have their turn.</summary>
    public static LogEntry CommitSlice(int number, int partitions, int slice)
    {
        var builder = new CommitBuilder(number);
        for (var i = 0; i < slice; i++)
        {
            var p = (int)((number * (long)slice + i) % partitions);
            builder.BeginPiece(p / 100, p % 100, i * 16_000);
            builder.Add(16_000, 20, 1_700_000_000_000 + number * 250L);
        }

        return Entry(Command.Of(builder.Build(slice * 16_000)), number + 1_000_000);
    }

    public static void Apply(ClusterState state, Command command) => state.Apply(Entry(command, state.View.Version + 1, StartMs + state.View.Version), wantOutcomes: false);

    public static LogEntry Entry(Command command, long number, long timeMs = StartMs) =>
        new(new LogCursor(0, 0, number, 0), timeMs, Session, number, EntryWriter.Encode(FeatureLevels.Initial, [EntryWriter.Encode(command.Type, command.Body)]));
}
