using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>How a consumer goes about it.</summary>
internal enum Reading
{
    /// <summary>Waits at the end for what comes.</summary>
    Tailing,

    /// <summary>Reads a little at a time, with long pauses.</summary>
    Lagging,

    /// <summary>Reads everything, then everything again.</summary>
    Replaying,
}

/// <summary>A consumer without a group: reads some of the topic's partitions, at whatever agent, from where it stopped.</summary>
internal sealed class Consumer(ClientContext client, string topic, int[] partitions, Reading reading)
{
    private const short FetchVersion = 13;

    private readonly bool _isReadCommitted = client.Random.Next(2) == 0;
    private ReadPosition[] _positions = [];
    private TopicId _topic;

    /// <summary>It has read up to what the cluster said was there.</summary>
    public bool HasReached(Func<PartitionName, long> end) => _positions.Length > 0 && (reading == Reading.Replaying || Array.TrueForAll(_positions, position => position.Offset >= end(position.Partition)));

    public async Task RunAsync()
    {
        _topic = await client.FindTopicAsync(topic);
        Begin();
        while (!client.IsStopping)
        {
            await FetchAsync();
            if (reading == Reading.Lagging) await client.Pause(200, client.Cluster.IsHealed ? 400 : 8_000);
            if (reading == Reading.Replaying && !client.Cluster.IsHealed && Array.TrueForAll(_positions, position => position.Offset == position.End))
            {
                await client.Pause(5_000, 40_000); // ends before the run does: each client must be seen at work after the healing
                Begin();
            }
        }
    }

    /// <summary>From the start, as readers that the history has not seen yet.</summary>
    private void Begin()
    {
        _positions = [.. partitions.Select(partition => new ReadPosition(client.Cluster.NextReader(), new PartitionName(topic, partition), 0))];
        if (reading == Reading.Replaying) return; // promises nothing: it begins anew before it may have seen everything
        foreach (var position in _positions) client.History.Add(new Follow(client.Number, position.Reader, position.Partition, 0, _isReadCommitted));
    }

    private async Task FetchAsync()
    {
        var maxWait = reading == Reading.Tailing ? client.Random.Next(500, 8_000) : 500;
        var request = new FetchRequest
        {
            MaxWaitMs = maxWait,
            MinBytes = 1,
            MaxBytes = reading == Reading.Lagging ? 4 << 10 : 1 << 20,
            IsolationLevel = (sbyte)(_isReadCommitted ? 1 : 0),
            Topics =
            [
                new()
                {
                    TopicId = _topic,
                    Partitions = [.. _positions.Select(position => new FetchRequest.FetchPartition { Partition = position.Partition.Partition, FetchOffset = position.Offset, PartitionMaxBytes = 64 << 10 })],
                },
            ],
        };
        var invoked = client.Now;
        var response = await client.AskAsync(request, FetchVersion, TimeSpan.FromMilliseconds(maxWait));
        var isGood = response is { ErrorCode: ErrorCode.None };
        if (isGood)
            foreach (var answer in response!.Responses.SelectMany(found => found.Partitions))
                isGood &= Take(_positions.First(position => position.Partition.Partition == answer.PartitionIndex), answer, invoked);
        if (isGood) return;
        client.Disconnect(); // another agent may do better
        await client.Pause(100, 1_000);
    }

    private bool Take(ReadPosition position, FetchResponse.PartitionData answer, long invoked)
    {
        if (answer.ErrorCode != ErrorCode.None)
        {
            client.Log.Write(client.Name, $"reads {position.Partition} at {position.Offset}: {answer.ErrorCode}");
            if (answer.ErrorCode is not (ErrorCode.KafkaStorageError or ErrorCode.UnknownTopicId) && !client.Cluster.MayHaveLost)
                client.Log.Broken($"{client.Name} at {position.Offset} of {position.Partition}, whose end it once saw at {position.End}, was told {answer.ErrorCode} by {client.ConnectedTo}");
            return false;
        }

        var records = new List<SeenRecord>();
        if (!RecordDecoder.TryDecode(answer.Records.Sequence, position.Offset, answer.AbortedTransactions, records, out var next))
        {
            client.Log.Broken($"{client.Name} was served damaged bytes of {position.Partition} at {position.Offset} by {client.ConnectedTo}");
            return false;
        }

        position.End = Math.Max(position.End, _isReadCommitted ? answer.LastStableOffset : answer.HighWatermark);
        Note(position.Partition, Watermark.HighWatermark, answer.HighWatermark, invoked);
        Note(position.Partition, Watermark.LastStableOffset, answer.LastStableOffset, invoked);
        var poll = new Poll
        {
            Client = client.Number, Invoked = invoked, Reader = position.Reader, Partition = position.Partition, Position = position.Offset,
            NextPosition = next, IsReadCommitted = _isReadCommitted, Records = records,
        };
        poll.Complete(Outcome.Succeeded, client.Now);
        if (records.Count > 0 || client.Cluster.IsHealed)
        {
            client.History.Add(poll); // an empty one tells nothing, but that the client is alive in the end
            client.Log.Write(client.Name, $"reads {position.Partition} {position.Offset}..{next}{(records.Count > 0 ? $": {records[0].Value}..{records[^1].Value}" : "")}");
        }

        position.Offset = next;
        return true;
    }

    private void Note(PartitionName partition, Watermark watermark, long value, long invoked)
    {
        var seen = new WatermarkSeen
        {
            Client = client.Number, Invoked = invoked, Partition = partition, Watermark = watermark, Value = value, Scope = client.Cluster.ScopeOf(client.ConnectedTo),
        };
        seen.Complete(Outcome.Succeeded, client.Now);
        client.History.Add(seen);
    }
}
