using Confluent.Kafka;
using DisklessKafka.TestKit.Checking;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>Reads all partitions of a topic from offset 0, without a group.</summary>
internal sealed class TopicReader : IDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(200);
    private readonly IConsumer<Ignore, byte[]> consumer;
    private readonly TopicPartition[] places;

    public TopicReader(string bootstrap, string topic, int partitions)
    {
        places = [.. Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition))];
        consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "none",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error, // an offset that was assigned must never be out of range
            FetchWaitMaxMs = 100,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 300,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Assign(places.Select(place => new TopicPartitionOffset(place, 0)));
    }

    /// <summary>Follows the topic until told to stop. Blocks its thread.</summary>
    public void Follow(List<ReadRecord> reads, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            ReadOne(reads);
    }

    /// <summary>Reads what is there now, to the end.</summary>
    /// <exception cref="TimeoutException">No record came for a while, with the end not reached.</exception>
    public List<ReadRecord> ReadAll(TimeSpan patience)
    {
        var ends = places.ToDictionary(place => place.Partition.Value, place => consumer.QueryWatermarkOffsets(place, patience).High.Value);
        var next = places.ToDictionary(place => place.Partition.Value, _ => 0L);
        var reads = new List<ReadRecord>();
        var lastProgress = TimeProvider.System.GetTimestamp();
        while (next.Any(place => place.Value < ends[place.Key]))
        {
            if (ReadOne(reads))
            {
                next[reads[^1].Name.Partition] = reads[^1].Offset + 1;
                lastProgress = TimeProvider.System.GetTimestamp();
            }
            else if (TimeProvider.System.GetElapsedTime(lastProgress) > patience)
            {
                throw new TimeoutException($"no record came for {patience}; read up to {string.Join(", ", next)} of {string.Join(", ", ends)}");
            }
        }

        return reads;
    }

    public void Dispose() => consumer.Dispose();

    private bool ReadOne(List<ReadRecord> reads)
    {
        if (consumer.Consume(PollTime) is not { } result)
            return false;
        var name = LoadRecord.Decode(result.Message.Value);
        if (name.Partition != result.Partition.Value)
            throw new InvalidOperationException($"{name} is in partition {result.Partition.Value}");
        reads.Add(new ReadRecord(name, result.Offset.Value));
        return true;
    }
}
