using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// CreateTopics v2–7. All valid topics of a request are created by one command, so every agent that looks sees them once it is answered.
/// Deviations: any replication factor and any broker id in an assignment is accepted and only remembered, since object
/// storage replicates; timeout_ms is not looked at, a request is answered within ten seconds.
/// </summary>
public sealed class CreateTopicsHandler(Cluster cluster, LiveSettings settings, TopicIds ids) : IApiHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    public ApiVersionRange Versions => new(2, 7);

    public async ValueTask<CreateTopicsResponse?> HandleAsync(CreateTopicsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var now = settings.Current;
        var response = new CreateTopicsResponse();
        var command = new CreateTopics();
        var pending = new List<(CreateTopicsResponse.CreatableTopicResult Result, TopicRequest Topic)>();
        foreach (var named in request.Topics.GroupBy(topic => topic.Name))
        {
            var result = new CreateTopicsResponse.CreatableTopicResult { Name = named.Key };
            response.Topics.Add(result);
            var topic = named.Count() > 1
                ? new TopicRequest { Error = ErrorCode.InvalidRequest, Message = "Duplicate topic name." }
                : TopicRequest.Of(named.First(), now);
            if (topic.Error != ErrorCode.None)
            {
                (result.ErrorCode, result.ErrorMessage) = (topic.Error, topic.Message);
                continue;
            }

            pending.Add((result, topic));
            command.Topics.Add(ToCommand(named.Key, topic));
        }

        if (pending.Sum(one => (long)one.Topic.Partitions) > TopicNames.MaxPartitionsPerRequest) RefuseAll(pending);
        if (pending.Count == 0) return response;
        if (request.ValidateOnly) CheckOnly(pending, command, now);
        else await CreateAsync(pending, command, now, context);
        return response;
    }

    public CreateTopicsResponse ToError(CreateTopicsRequest request, ErrorCode error) =>
        new() { Topics = [.. request.Topics.Select(topic => new CreateTopicsResponse.CreatableTopicResult { Name = topic.Name, ErrorCode = error })] };

    /// <summary>As in Kafka: a request of a few bytes must not make every agent hold millions of partitions.</summary>
    private static void RefuseAll(List<(CreateTopicsResponse.CreatableTopicResult Result, TopicRequest Topic)> pending)
    {
        foreach (var (result, _) in pending) (result.ErrorCode, result.ErrorMessage) = (ErrorCode.PolicyViolation, TopicNames.RequestRule);
        pending.Clear();
    }

    private async ValueTask CreateAsync(
        List<(CreateTopicsResponse.CreatableTopicResult Result, TopicRequest Topic)> pending, CreateTopics command, BrokerSettings now, RequestContext context)
    {
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        for (var i = 0; i < pending.Count; i++)
        {
            var (result, topic) = pending[i];
            var created = outcome?.Topics[i];
            (result.ErrorCode, result.ErrorMessage) = created is null ? AdminErrors.Of(status) : AdminErrors.Of(created);
            if (result.ErrorCode == ErrorCode.None) Describe(result, topic, command.Topics[i].TopicId, now);
        }
    }

    /// <summary>What the state machine would say, as far as this agent has replayed: nothing holds the names.</summary>
    private void CheckOnly(List<(CreateTopicsResponse.CreatableTopicResult Result, TopicRequest Topic)> pending, CreateTopics command, BrokerSettings now)
    {
        var topics = cluster.View.Topics;
        Dictionary<string, Topic>? byForm = null;
        for (var i = 0; i < pending.Count; i++)
        {
            var (result, topic) = pending[i];
            var name = command.Topics[i].Name;
            byForm ??= topics.All.ToArray().ToDictionary(known => TopicRules.CollisionForm(known.Name.Value), StringComparer.Ordinal);
            var status = topics.TryFind(name, out var other) ? CreateTopicStatus.AlreadyExists
                : byForm.TryGetValue(TopicRules.CollisionForm(name.Value), out other) ? CreateTopicStatus.NameCollides
                : CreateTopicStatus.Created;
            (result.ErrorCode, result.ErrorMessage) = AdminErrors.Of(new CreateTopicOutcome(name, status, null, other));
            if (result.ErrorCode == ErrorCode.None) Describe(result, topic, default, now);
        }
    }

    private CreateTopics.NewTopic ToCommand(TopicName name, TopicRequest topic) => new()
    {
        Name = name,
        TopicId = ids.Next(),
        Partitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        Configs = [.. topic.Configs.OrderBy(config => config.Key, StringComparer.Ordinal).Select(config => new CreateTopics.TopicConfig { Key = config.Key, Value = config.Value })],
    };

    private static void Describe(CreateTopicsResponse.CreatableTopicResult result, TopicRequest topic, TopicId id, BrokerSettings now)
    {
        result.TopicId = id;
        result.NumPartitions = topic.Partitions;
        result.ReplicationFactor = topic.ReplicationFactor;
        result.Configs =
        [
            .. ConfigDescription.OfTopic(topic.Configs, now).Select(config => new CreateTopicsResponse.CreatableTopicConfigs
            {
                Name = config.Key.Name, Value = config.Value, ReadOnly = config.Key.IsReadOnly, ConfigSource = (sbyte)config.Source, IsSensitive = config.Key.IsSensitive,
            }),
        ];
    }
}
