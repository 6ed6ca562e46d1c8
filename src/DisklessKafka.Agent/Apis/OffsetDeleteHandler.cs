using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>OffsetDelete v0: forgets committed offsets of topics that the group no longer reads. Deviations: any agent answers for any group.</summary>
public sealed class OffsetDeleteHandler(Cluster cluster) : IApiHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    public ApiVersionRange Versions => new(0, 0);

    public async ValueTask<OffsetDeleteResponse?> HandleAsync(OffsetDeleteRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.CoordinatorNotAvailable);
        var view = cluster.View;
        var response = new OffsetDeleteResponse();
        var pending = new List<OffsetDeleteResponse.OffsetDeleteResponsePartition>();
        var targets = new List<DeleteOffsets.Target>();
        foreach (var asked in request.Topics)
        {
            var topic = view.Topics.TryFind(asked.Name, out var found) ? found : null;
            var answered = new OffsetDeleteResponse.OffsetDeleteResponseTopic { Name = asked.Name };
            response.Topics.Add(answered);
            foreach (var partition in asked.Partitions)
            {
                var answer = new OffsetDeleteResponse.OffsetDeleteResponsePartition { PartitionIndex = partition.PartitionIndex };
                answered.Partitions.Add(answer);
                if (topic?.Find(partition.PartitionIndex) is null)
                {
                    answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
                    continue;
                }

                pending.Add(answer);
                targets.Add(new() { Topic = (uint)topic.Ordinal, Partition = (uint)partition.PartitionIndex });
            }
        }

        var (status, outcome) = await cluster.AppendAsync(Command.Of(new DeleteOffsets { Group = request.GroupId, Partitions = [.. targets] }), context.Aborted);
        var error = outcome is null ? GroupErrors.Of(status) : GroupErrors.Of(outcome.Status);
        if (error != ErrorCode.None) return ToError(request, error);
        for (var i = 0; i < pending.Count; i++)
            if (outcome!.IsSubscribed[i])
                pending[i].ErrorCode = ErrorCode.GroupSubscribedToTopic;
        return response;
    }

    public OffsetDeleteResponse ToError(OffsetDeleteRequest request, ErrorCode error) => new() { ErrorCode = error };
}
