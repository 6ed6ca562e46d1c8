using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Chaos.Load;
using DisklessKafka.Checking;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;

namespace DisklessKafka.Chaos.Reading;

/// <summary>Reads everything that is there, markers included, over the bare wire, each partition from its leader.</summary>
internal sealed class FinalReader(LoadTarget target)
{
    private const short FetchVersion = 11, ListVersion = 5; // by topic name and without tagged fields: any Kafka, and what looks like one
    private const long Earliest = -2, Latest = -1;
    private const int PartitionBytes = 4 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromSeconds(90); // clients let the broker abort theirs after 60

    /// <param name="batches">Gets each batch too.</param>
    public async Task ReadAsync(Contents into, List<BatchFound> batches)
    {
        foreach (var (name, address) in (await ClusterMap.OfAsync(target)).Leaders)
        {
            await using var client = await WireClient.ConnectAsync(address, "final-reader");
            await ReadAsync(client, into[name], batches);
        }
    }

    /// <summary>Nothing was ever written to it.</summary>
    public async Task<bool> IsEmptyAsync()
    {
        foreach (var (name, address) in (await ClusterMap.OfAsync(target)).Leaders)
        {
            await using var client = await WireClient.ConnectAsync(address, "final-reader");
            if (await OffsetAsync(client, name, Latest) > 0)
                return false;
        }

        return true;
    }

    private static async Task ReadAsync(WireClient client, PartitionContents into, List<BatchFound> batches)
    {
        var (start, end) = (await OffsetAsync(client, into.Name, Earliest), await OffsetAsync(client, into.Name, Latest));
        if (start > 0)
            into.AddRemoved(0, start);
        var aborted = new AbortedTransactions();
        var moved = TimeProvider.System.GetTimestamp();
        for (var next = start; next < end;)
        {
            var answer = await FetchAsync(client, into.Name, next);
            aborted.Add(answer.AbortedTransactions);
            var before = next;
            for (var rest = answer.Records.Sequence; rest.Length > 0 && BatchHeader.TryRead(rest, out var header) && header.SizeBytes <= rest.Length; rest = rest.Slice(header.SizeBytes))
                next = Take(rest.Slice(0, header.SizeBytes), next, aborted, into, batches);
            if (next > before)
                moved = TimeProvider.System.GetTimestamp();
            else if (TimeProvider.System.GetElapsedTime(moved) > LongestTransaction)
                throw new InvalidOperationException($"nothing came of {into.Name} at offset {next}, which ends at {end}, for {LongestTransaction}");
        }
    }

    /// <returns>The offset behind the batch.</returns>
    private static long Take(in ReadOnlySequence<byte> batch, long from, AbortedTransactions aborted, PartitionContents into, List<BatchFound> batches)
    {
        using var reader = new RecordReader(batch);
        var hidden = aborted.Hides(reader.Header);
        batches.Add(BatchFound.Of(into.Name, reader.Header, hidden));
        while (reader.MoveNext())
        {
            var record = reader.Current;
            if (record.Offset < from)
                continue;
            if (reader.Header.IsControl)
            {
                into.AddMarker(record.Offset);
                aborted.Pass(reader.Header, isAbort: BinaryPrimitives.ReadInt16BigEndian(record.Key.ToArray().AsSpan(2)) == 0);
            }
            else if (hidden)
            {
                into.AddAbortedRecord(record.Offset, LoadRecord.Decode(record.Value.ToArray()));
            }
            else
            {
                into.AddRecord(record.Offset, LoadRecord.Decode(record.Value.ToArray()));
            }
        }

        return reader.Header.LastOffset + 1;
    }

    private static async Task<FetchResponse.PartitionData> FetchAsync(WireClient client, PartitionName name, long offset)
    {
        var request = new FetchRequest
        {
            ReplicaId = -1, MaxWaitMs = 1_000, MinBytes = 1, MaxBytes = PartitionBytes, IsolationLevel = 1, SessionEpoch = -1,
            Topics = [new() { Topic = new TopicName(name.Topic), Partitions = [new() { Partition = name.Partition, FetchOffset = offset, PartitionMaxBytes = PartitionBytes }] }],
        };
        var response = await client.SendAsync(request, FetchVersion).WaitAsync(Patience);
        var answer = response.Responses[0].Partitions[0];
        return answer.ErrorCode == ErrorCode.None ? answer : throw new InvalidOperationException($"{name} cannot be read at offset {offset}: {answer.ErrorCode}");
    }

    private static async Task<long> OffsetAsync(WireClient client, PartitionName name, long timestamp)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = new TopicName(name.Topic), Partitions = [new() { PartitionIndex = name.Partition, CurrentLeaderEpoch = -1, Timestamp = timestamp }] }],
        };
        var answer = (await client.SendAsync(request, ListVersion).WaitAsync(Patience)).Topics[0].Partitions[0];
        return answer.ErrorCode == ErrorCode.None ? answer.Offset : throw new InvalidOperationException($"no offsets of {name}: {answer.ErrorCode}");
    }
}
