using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DeleteRecords v0–2. One command moves the log starts of all partitions of a request.
/// Deviations: any agent takes any partition; timeout_ms is not looked at, a request is answered within ten seconds.
/// </summary>
public sealed class DeleteRecordsHandler(Cluster cluster, LiveSettings settings) : IApiHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    private const long HighWatermark = -1;

    public ApiVersionRange Versions => new(0, 2);

    public async ValueTask<DeleteRecordsResponse?> HandleAsync(DeleteRecordsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var response = new DeleteRecordsResponse();
        var pending = new List<DeleteRecordsResponse.DeleteRecordsPartitionResult>();
        var targets = new List<DeleteRecords.Target>();
        var now = settings.Current;
        foreach (var topic in request.Topics)
        {
            cluster.View.Topics.TryFind(topic.Name, out var known);
            var answered = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = topic.Name };
            response.Topics.Add(answered);
            foreach (var asked in topic.Partitions)
            {
                var result = new DeleteRecordsResponse.DeleteRecordsPartitionResult { PartitionIndex = asked.PartitionIndex, LowWatermark = -1, ErrorCode = Check(known, asked, now) };
                answered.Partitions.Add(result);
                if (result.ErrorCode != ErrorCode.None) continue;
                pending.Add(result);
                targets.Add(new() { Topic = (uint)known!.Ordinal, Partition = (uint)asked.PartitionIndex, Before = asked.Offset });
            }
        }

        if (pending.Count > 0) await DeleteAsync(pending, new DeleteRecords { Partitions = [.. targets] }, context);
        return response;
    }

    public DeleteRecordsResponse ToError(DeleteRecordsRequest request, ErrorCode error) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new DeleteRecordsResponse.DeleteRecordsTopicResult
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(asked => new DeleteRecordsResponse.DeleteRecordsPartitionResult { PartitionIndex = asked.PartitionIndex, LowWatermark = -1, ErrorCode = error })],
            }),
        ],
    };

    private static ErrorCode Check(Topic? topic, DeleteRecordsRequest.DeleteRecordsPartition asked, BrokerSettings settings)
    {
        if (topic?.Find(asked.PartitionIndex) is null) return ErrorCode.UnknownTopicOrPartition;
        if (!EffectiveTopicConfig.Of(topic.Configs.ToDictionary(), settings).IsDeleted) return ErrorCode.PolicyViolation; // compaction alone decides what goes
        return asked.Offset < HighWatermark ? ErrorCode.OffsetOutOfRange : ErrorCode.None;
    }

    private async ValueTask DeleteAsync(List<DeleteRecordsResponse.DeleteRecordsPartitionResult> pending, DeleteRecords command, RequestContext context)
    {
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        for (var i = 0; i < pending.Count; i++)
        {
            pending[i].ErrorCode = outcome is null ? AdminErrors.Of(status).Error : AdminErrors.Of(outcome.Partitions[i].Status);
            if (pending[i].ErrorCode == ErrorCode.None) pending[i].LowWatermark = outcome!.Partitions[i].LogStartOffset;
        }
    }
}
