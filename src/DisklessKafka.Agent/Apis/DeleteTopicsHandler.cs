using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DeleteTopics v1–6, by name or by id. The name is free and the id is gone once it is answered; objects are cleaned up later.
/// Deviations: timeout_ms is not looked at, a request is answered within ten seconds.
/// </summary>
public sealed class DeleteTopicsHandler(Cluster cluster, BrokerSettings settings) : IApiHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    private const short IdsVersion = 6, DisabledVersion = 3;

    private readonly bool _isEnabled = settings.IsTrue(BrokerConfigs.DeleteTopics);

    public ApiVersionRange Versions => new(1, 6);

    public async ValueTask<DeleteTopicsResponse?> HandleAsync(DeleteTopicsRequest request, RequestContext context)
    {
        if (!_isEnabled) return ToError(request, context.ApiVersion < DisabledVersion ? ErrorCode.InvalidRequest : ErrorCode.TopicDeletionDisabled);
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var topics = cluster.View.Topics;
        var results = Asked(request, context.ApiVersion).Select(asked => Find(asked, topics)).ToList();
        RefuseDuplicates(results);
        await Task.WhenAll(results.Where(result => result.Topic is not null).Select(result => DeleteAsync(result, context)));
        return new() { Responses = [.. results.Select(result => result.Response)] };
    }

    public DeleteTopicsResponse ToError(DeleteTopicsRequest request, ErrorCode error) => new()
    {
        Responses =
        [
            .. request.TopicNames.Select(name => new DeleteTopicsResponse.DeletableTopicResult { Name = name, ErrorCode = error }),
            .. request.Topics.Select(topic => new DeleteTopicsResponse.DeletableTopicResult { Name = topic.Name, TopicId = topic.TopicId, ErrorCode = error }),
        ],
    };

    private static IEnumerable<(TopicName? Name, TopicId Id)> Asked(DeleteTopicsRequest request, short version) => version >= IdsVersion
        ? request.Topics.Select(topic => (topic.Name, topic.TopicId))
        : request.TopicNames.Select(name => ((TopicName?)name, default(TopicId)));

    private static Target Find((TopicName? Name, TopicId Id) asked, TopicDirectory topics)
    {
        var byId = asked.Id.Value != Guid.Empty;
        var response = new DeleteTopicsResponse.DeletableTopicResult { Name = asked.Name, TopicId = asked.Id };
        if (byId == asked.Name is not null)
        {
            response.ErrorCode = ErrorCode.InvalidRequest;
            response.ErrorMessage = byId ? "You may not specify both topic name and topic id." : "Neither topic name nor id were specified.";
            return new(response, null);
        }

        Topic? topic;
        if (byId ? !topics.TryFind(asked.Id, out topic) : !topics.TryFind(asked.Name!.Value, out topic))
        {
            response.ErrorCode = byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            response.ErrorMessage = byId ? "This server does not host this topic ID." : "This server does not host this topic-partition.";
            return new(response, null);
        }

        (response.Name, response.TopicId) = (topic.Name, topic.Id);
        return new(response, topic);
    }

    private static void RefuseDuplicates(List<Target> targets)
    {
        foreach (var same in targets.Where(target => target.Topic is not null).GroupBy(target => target.Topic!.Id).Where(same => same.Count() > 1))
            foreach (var target in same)
            {
                (target.Response.ErrorCode, target.Response.ErrorMessage) = (ErrorCode.InvalidRequest, "The provided topic was named twice.");
                target.Topic = null;
            }
    }

    private async Task DeleteAsync(Target target, RequestContext context)
    {
        var (status, outcome) = await cluster.AppendAsync(Command.Of(new DeleteTopic { TopicId = target.Topic!.Id }), context.Aborted);
        (target.Response.ErrorCode, target.Response.ErrorMessage) = outcome is null ? AdminErrors.Of(status) : (AdminErrors.Of(outcome.Status), null);
    }

    private sealed class Target(DeleteTopicsResponse.DeletableTopicResult response, Topic? topic)
    {
        public DeleteTopicsResponse.DeletableTopicResult Response { get; } = response;

        /// <summary>Null once there is nothing to delete.</summary>
        public Topic? Topic { get; set; } = topic;
    }
}
