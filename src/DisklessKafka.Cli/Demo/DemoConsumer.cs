using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Cli.Demo;

/// <summary>Follows all partitions from their beginning with long polls, and checks that every record comes once and in order.</summary>
internal sealed class DemoConsumer(BrokerConnection connection, TopicId topic, int partitions, TimeProvider time)
{
    private const short FetchVersion = 16;

    private readonly long[] _offsets = new long[partitions];
    private readonly List<double> _endToEndMs = [];
    private long _consumed;

    public long Consumed => Volatile.Read(ref _consumed);

    /// <summary>From made to consumed, while <see cref="IsTiming"/>.</summary>
    public IReadOnlyList<double> EndToEndMs => _endToEndMs;

    public bool IsTiming { get; set; }

    /// <summary>The record that came last.</summary>
    public string Newest { get; private set; } = "";

    /// <summary>Reads until so many records have come, or the time is up.</summary>
    public async Task RunAsync(Func<long> wanted, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && Consumed < wanted())
        {
            var response = await connection.SendAsync(Request(), FetchVersion);
            foreach (var answer in response.Responses.SelectMany(answered => answered.Partitions))
            {
                if (answer.ErrorCode != ErrorCode.None) throw new InvalidOperationException($"partition {answer.PartitionIndex} cannot be read: {answer.ErrorCode}");
                if (!answer.Records.IsNull) Take(answer);
            }
        }
    }

    private FetchRequest Request() => new()
    {
        MaxWaitMs = 500,
        MinBytes = 1,
        MaxBytes = 32 << 20,
        Topics =
        [
            new()
            {
                TopicId = topic,
                Partitions = [.. _offsets.Select((offset, partition) => new FetchRequest.FetchPartition { Partition = partition, FetchOffset = offset, PartitionMaxBytes = 8 << 20 })],
            },
        ],
    };

    private void Take(FetchResponse.PartitionData answer)
    {
        ref var next = ref _offsets[answer.PartitionIndex];
        for (var rest = answer.Records.Sequence; rest.Length > 0;)
        {
            using var reader = new RecordReader(rest);
            while (reader.MoveNext())
            {
                if (reader.Current.Offset < next) continue; // the batch begins before what was asked for
                var (number, madeAt) = DemoRecord.Read(reader.Current.Value);
                if (reader.Current.Offset != next || number != next)
                    throw new InvalidOperationException($"partition {answer.PartitionIndex}: record {number} came at offset {reader.Current.Offset} where {next} was due");
                next++;
                Interlocked.Increment(ref _consumed);
                if (IsTiming) _endToEndMs.Add(time.GetElapsedTime(madeAt).TotalMilliseconds);
            }

            rest = rest.Slice(reader.Header.SizeBytes);
            Newest = $"record {next - 1} of partition {answer.PartitionIndex}";
        }
    }
}
