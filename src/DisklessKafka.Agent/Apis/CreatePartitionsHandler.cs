using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// CreatePartitions v0–3.
/// Deviations: assignments are checked for their number only, since any agent serves any partition; timeout_ms is not
/// looked at, a request is answered within ten seconds.
/// </summary>
public sealed class CreatePartitionsHandler(Cluster cluster) : IApiHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    public ApiVersionRange Versions => new(0, 3);

    public async ValueTask<CreatePartitionsResponse?> HandleAsync(CreatePartitionsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var answers = request.Topics.GroupBy(topic => topic.Name).Select(named => named.Count() > 1
            ? Task.FromResult(Result(named.Key, (ErrorCode.InvalidRequest, "Duplicate topic name.")))
            : AnswerAsync(named.First(), request.ValidateOnly, context));
        return new() { Results = [.. await Task.WhenAll(answers)] };
    }

    public CreatePartitionsResponse ToError(CreatePartitionsRequest request, ErrorCode error) =>
        new() { Results = [.. request.Topics.Select(topic => Result(topic.Name, (error, null)))] };

    private async Task<CreatePartitionsResponse.CreatePartitionsTopicResult> AnswerAsync(CreatePartitionsRequest.CreatePartitionsTopic asked, bool validateOnly, RequestContext context)
    {
        if (!cluster.View.Topics.TryFind(asked.Name, out var topic))
            return Result(asked.Name, (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic."));
        var check = Check(asked, topic.Partitions.Length);
        if (check.Error != ErrorCode.None || validateOnly) return Result(asked.Name, check);
        var (status, outcome) = await cluster.AppendAsync(Command.Of(new CreatePartitions { TopicId = topic.Id, Count = asked.Count }), context.Aborted);
        return Result(asked.Name, outcome is null ? AdminErrors.Of(status) : AdminErrors.Of(outcome, asked.Count));
    }

    private static (ErrorCode Error, string? Message) Check(CreatePartitionsRequest.CreatePartitionsTopic asked, int count)
    {
        if (asked.Count <= count) return AdminErrors.Of(new CreatePartitionsOutcome(CreatePartitionsStatus.NotAnIncrease, count), asked.Count);
        if (asked.Count > TopicRules.MaxPartitions) return AdminErrors.Of(new CreatePartitionsOutcome(CreatePartitionsStatus.TooMany, count), asked.Count);
        if (asked.Count - count > TopicNames.MaxPartitionsPerRequest) return (ErrorCode.PolicyViolation, TopicNames.RequestRule);
        if (asked.Assignments is not { } assignments) return (ErrorCode.None, null);
        if (assignments.Count != asked.Count - count)
            return (ErrorCode.InvalidReplicaAssignment, $"Attempted to add {asked.Count - count} additional partition(s), but only {assignments.Count} assignment(s) were specified.");
        return assignments.Exists(assignment => assignment.BrokerIds.Count == 0)
            ? (ErrorCode.InvalidReplicaAssignment, "The manual partition assignment includes an empty replica list.")
            : (ErrorCode.None, null);
    }

    private static CreatePartitionsResponse.CreatePartitionsTopicResult Result(TopicName name, (ErrorCode Error, string? Message) answer) =>
        new() { Name = name, ErrorCode = answer.Error, ErrorMessage = answer.Message };
}
