using DisklessKafka.Agent.Write;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// Produce v3–13; advertised from 0, because old clients take compression support from that bound.
/// Deviations: acks=1 means the same as acks=all (in object storage and in the log); a time-out below one second counts
/// as one second, since a PUT takes its time; NOT_LEADER is never answered, any agent takes any partition;
/// a sequence of a transaction that has ended is out of order, where Kafka takes its batch for a repetition (decision 0009).
/// </summary>
public sealed class ProduceHandler(Cluster cluster, BatchAppender appender, TimeProvider time) : IApiHandler<ProduceRequest, ProduceResponse>
{
    private static readonly TimeSpan MinTimeout = TimeSpan.FromSeconds(1);

    public ApiVersionRange Versions => new(3, 13);

    public ApiVersionRange Advertised => new(0, 13);

    public ValueTask WhenReadyAsync() => appender.WhenRoomAsync();

    public ValueTask<ProduceResponse?> HandleAsync(ProduceRequest request, RequestContext context)
    {
        if (request.Acks is < -1 or > 1) return new(ToError(request, ErrorCode.InvalidRequiredAcks));
        var view = cluster.View;
        var refused = context.Connection.Refused;
        var reply = new ProduceReply(request.TopicData.Sum(topic => topic.PartitionData.Count), refused);
        var answers = new List<(ProduceResponse.PartitionProduceResponse Answer, int Slot)>();
        var response = new ProduceResponse();
        var missed = false;
        var batches = new BatchContext(time.GetUtcNow().ToUnixTimeMilliseconds(), context.ApiVersion, request.TransactionalId is not null);
        foreach (var data in request.TopicData) // no await in here: read order is append order
        {
            var found = context.ApiVersion >= 13 ? view.Topics.TryFind(data.TopicId, out var topic) : view.Topics.TryFind(data.Name, out topic);
            var answered = new ProduceResponse.TopicProduceResponse { Name = data.Name, TopicId = data.TopicId };
            response.Responses.Add(answered);
            foreach (var partition in data.PartitionData)
            {
                var answer = new ProduceResponse.PartitionProduceResponse { Index = partition.Index, BaseOffset = -1 };
                answered.PartitionResponses.Add(answer);
                var sender = new RefusedBatches.Sender(data.Name, data.TopicId, partition.Index, -1, -1);
                if (found && topic!.Find(partition.Index) is { } target)
                {
                    var slot = appender.Append(view, topic, target, sender, partition.Records, batches, reply, answer);
                    if (slot >= 0) answers.Add((answer, slot));
                }
                else
                {
                    missed = true;
                    if (BatchHeader.TryRead(partition.Records.Sequence, out var header) && header.HasProducerId)
                        refused.Add(sender with { ProducerId = header.ProducerId, Epoch = header.ProducerEpoch }, header.BaseSequence);
                    answer.ErrorCode = found || context.ApiVersion < 13 ? ErrorCode.UnknownTopicOrPartition : ErrorCode.UnknownTopicId;
                }
            }
        }

        context.KeptBytes = context.FrameBytes; // now in the open segment; this bounds what all connections together put there
        var committed = reply.WhenCommittedAsync(Timeout(request), time);
        return AnswerAsync(request, context, response, reply, answers, committed, missed);
    }

    public ProduceResponse ToError(ProduceRequest request, ErrorCode error)
    {
        var response = new ProduceResponse();
        foreach (var topic in request.TopicData)
        {
            var answered = new ProduceResponse.TopicProduceResponse { Name = topic.Name, TopicId = topic.TopicId };
            foreach (var partition in topic.PartitionData)
                answered.PartitionResponses.Add(new() { Index = partition.Index, ErrorCode = error, BaseOffset = -1 });
            response.Responses.Add(answered);
        }

        return response;
    }

    private async ValueTask<ProduceResponse?> AnswerAsync(
        ProduceRequest request,
        RequestContext context,
        ProduceResponse response,
        ProduceReply reply,
        List<(ProduceResponse.PartitionProduceResponse Answer, int Slot)> answers,
        Task committed,
        bool missed)
    {
        if (missed) await cluster.CatchUpAsync(context.Aborted); // created elsewhere a moment ago: known by the client's retry
        await committed;
        context.WaitByDesign = reply.WaitByDesign(time);
        foreach (var (answer, slot) in answers)
        {
            var outcome = reply[slot];
            answer.ErrorCode = ProduceErrors.Of(outcome.Status, context.ApiVersion);
            answer.BaseOffset = outcome.BaseOffset;
            answer.LogStartOffset = outcome.LogStartOffset;
        }

        if (request.Acks != 0) return response;
        if (response.Responses.Any(topic => topic.PartitionResponses.Any(partition => partition.ErrorCode != ErrorCode.None)))
            context.CloseConnection(); // nothing else would tell the client
        return null;
    }

    private static TimeSpan Timeout(ProduceRequest request)
    {
        var asked = TimeSpan.FromMilliseconds(request.TimeoutMs);
        return asked > MinTimeout ? asked : MinTimeout;
    }
}
