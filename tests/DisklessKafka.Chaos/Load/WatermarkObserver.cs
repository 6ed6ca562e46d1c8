using System.Net;
using System.Net.Sockets;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Chaos.Load;

/// <summary>Asks one broker after the other for the partitions' first and last offsets: none may be lower than what another said before.</summary>
internal sealed class WatermarkObserver(RunRecord run, LoadTarget target, IReadOnlyList<Func<EndPoint>> brokers)
{
    private const short Version = 7;
    private const long Earliest = -2, Latest = -1;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(150), Patience = TimeSpan.FromSeconds(30);

    private readonly int[] _clients = [.. brokers.Select((_, agent) => run.NewClient($"observer at broker {agent}", ClientKind.Observer, agent))];

    public async Task RunAsync(CancellationToken stop)
    {
        for (var broker = 0; !stop.IsCancellationRequested; broker = (broker + 1) % brokers.Count)
        {
            try
            {
                await using var client = await WireClient.ConnectAsync(brokers[broker](), "observer");
                await AskAsync(client, _clients[broker], Watermark.HighWatermark, Latest, readCommitted: false);
                await AskAsync(client, _clients[broker], Watermark.LastStableOffset, Latest, readCommitted: true);
                await AskAsync(client, _clients[broker], Watermark.LogStart, Earliest, readCommitted: false);
            }
            catch (Exception failure) when (failure is IOException or SocketException or TimeoutException)
            {
                // The broker is down: the next one is asked.
            }

            await Pacing.PauseAsync(Pace, stop);
        }
    }

    private async Task AskAsync(WireClient connection, int client, Watermark watermark, long timestamp, bool readCommitted)
    {
        var invoked = run.Clock.Now;
        var topic = new ListOffsetsRequest.ListOffsetsTopic { Name = new TopicName(target.Topic) };
        foreach (var name in target.PartitionNames)
            topic.Partitions.Add(new() { PartitionIndex = name.Partition, CurrentLeaderEpoch = -1, Timestamp = timestamp });
        var request = new ListOffsetsRequest { ReplicaId = -1, IsolationLevel = (sbyte)(readCommitted ? 1 : 0), Topics = [topic] };
        var response = await connection.SendAsync(request, Version).WaitAsync(Patience);
        var completed = run.Clock.Now;
        foreach (var answer in response.Topics[0].Partitions.Where(answer => answer.ErrorCode == ErrorCode.None))
        {
            var seen = new WatermarkSeen { Client = client, Invoked = invoked, Partition = new PartitionName(target.Topic, answer.PartitionIndex), Watermark = watermark, Value = answer.Offset };
            seen.Complete(Outcome.Succeeded, completed);
            run.History.Add(seen);
        }
    }
}
