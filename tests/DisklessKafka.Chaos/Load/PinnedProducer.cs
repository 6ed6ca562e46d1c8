using System.Net;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;

namespace DisklessKafka.Chaos.Load;

/// <summary>
/// One record a request, one request after the other, to one broker and no other: what it waits for is that broker's doing. It
/// repeats nothing, so each answer tells of one record.
/// </summary>
internal sealed class PinnedProducer(RunRecord run, LoadTarget target, Func<EndPoint> address, int agent)
{
    private const short Version = 9; // by topic name; every Kafka since 2.4 has it
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50), ReconnectPause = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromSeconds(30);

    private readonly int _client = run.NewClient($"pinned to broker {agent}", ClientKind.PinnedProducer, agent);
    private long _sent;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var client = await WireClient.ConnectAsync(address(), "pinned");
                await SendAsync(client, stop);
            }
            catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException or TimeoutException)
            {
                run.Complain(_client, failure.Message);
                await Pacing.PauseAsync(ReconnectPause, stop);
            }
        }
    }

    private async Task SendAsync(WireClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var partition = (int)(_sent % target.Partitions);
            var send = new Send { Client = _client, Invoked = run.Clock.Now, Partition = new(target.Topic, partition), Value = ((long)_client << 40) | _sent, Sequence = _sent };
            _sent++;
            run.History.Add(send);
            try
            {
                var response = await client.SendAsync(RequestOf(partition, send.Value), Version).WaitAsync(Patience, CancellationToken.None);
                Note(send, response.Responses[0].PartitionResponses[0]);
            }
            finally
            {
                if (send.Outcome == Outcome.Pending)
                    send.Complete(Outcome.Unknown, run.Clock.Now);
            }

            await Pacing.PauseAsync(Pace, stop);
        }
    }

    private void Note(Send send, ProduceResponse.PartitionProduceResponse answer)
    {
        if (answer.ErrorCode == ErrorCode.None)
        {
            send.Acknowledge(answer.BaseOffset, run.Clock.Now);
            return;
        }

        // Only these leave open what became of the record.
        send.Complete(answer.ErrorCode is ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicasAfterAppend ? Outcome.Unknown : Outcome.Failed, run.Clock.Now);
        run.Complain(_client, answer.ErrorCode.ToString());
    }

    private ProduceRequest RequestOf(int partition, long value)
    {
        var batch = new BatchBuilder().Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, LoadRecord.Encode(value)).Build();
        return new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = (int)Patience.TotalMilliseconds,
            TopicData = [new() { Name = new TopicName(target.Topic), PartitionData = [new() { Index = partition, Records = new RecordsField(batch) }] }],
        };
    }
}
