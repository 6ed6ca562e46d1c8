using Confluent.Kafka;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>Reads all partitions of a topic from offset 0, without a group.</summary>
internal sealed class TopicReader : IDisposable
{
    private const int Client = 1_000; // behind all producers
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(200);
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly TopicPartition[] _places;
    private readonly string _topic;

    public TopicReader(string bootstrap, string topic, int partitions)
    {
        _topic = topic;
        _places = [.. Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition))];
        _consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "none",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error, // an offset that was assigned must never be out of range
            FetchWaitMaxMs = 100,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 300,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _consumer.Assign(_places.Select(place => new TopicPartitionOffset(place, 0)));
    }

    /// <summary>Follows the topic until told to stop. Blocks its thread.</summary>
    public void Follow(History history, CancellationToken stop)
    {
        var next = new long[_places.Length];
        while (!stop.IsCancellationRequested)
        {
            var invoked = TimeProvider.System.GetTimestamp();
            if (ReadOne() is not { } read)
                continue;
            var (name, offset) = read;
            var poll = new Poll
            {
                Client = Client, Reader = Client, Invoked = invoked, Partition = new(_topic, name.Partition), Position = next[name.Partition], NextPosition = offset + 1,
                Records = [new SeenRecord(offset, name.Value)],
            };
            poll.Complete(Outcome.Succeeded, TimeProvider.System.GetTimestamp());
            history.Add(poll);
            next[name.Partition] = offset + 1;
        }
    }

    /// <summary>Reads what is there now, to the end.</summary>
    /// <exception cref="TimeoutException">No record came for a while, with the end not reached.</exception>
    public Contents ReadAll(TimeSpan patience)
    {
        var ends = _places.ToDictionary(place => place.Partition.Value, place => _consumer.QueryWatermarkOffsets(place, patience).High.Value);
        var next = _places.ToDictionary(place => place.Partition.Value, _ => 0L);
        var contents = new Contents();
        var lastProgress = TimeProvider.System.GetTimestamp();
        while (next.Any(place => place.Value < ends[place.Key]))
        {
            if (ReadOne() is { } read)
            {
                var (name, offset) = read;
                contents[new(_topic, name.Partition)].AddRecord(offset, name.Value);
                next[name.Partition] = offset + 1;
                lastProgress = TimeProvider.System.GetTimestamp();
            }
            else if (TimeProvider.System.GetElapsedTime(lastProgress) > patience)
            {
                throw new TimeoutException($"no record came for {patience}; read up to {string.Join(", ", next)} of {string.Join(", ", ends)}");
            }
        }

        return contents;
    }

    public void Dispose() => _consumer.Dispose();

    private (RecordName Name, long Offset)? ReadOne()
    {
        if (_consumer.Consume(PollTime) is not { } result)
            return null;
        var name = LoadRecord.Decode(result.Message.Value);
        return name.Partition == result.Partition.Value
            ? (name, result.Offset.Value)
            : throw new InvalidOperationException($"{name} is in partition {result.Partition.Value}");
    }
}
