using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <param name="ReplacesAll">The changes are all there shall be; else they come on top of what is set.</param>
internal sealed record ResourceChange(sbyte Type, string Name, bool ReplacesAll, IReadOnlyList<ConfigChange> Changes);

/// <summary>
/// Checks and makes the changes of both AlterConfigs requests. Values are checked against what this agent has replayed;
/// the state machine then applies the operations to what is set at that moment, so that two clients that append to the
/// same list at once both get their element in.
/// </summary>
public sealed class ConfigChanger(Cluster cluster, LiveSettings settings)
{
    private static readonly Dictionary<string, string> None = [];

    /// <returns>One answer for each resource, in order.</returns>
    internal async ValueTask<(ErrorCode Error, string? Message)[]> AlterAsync(IReadOnlyList<ResourceChange> resources, bool validateOnly, CancellationToken aborted)
    {
        var answers = new (ErrorCode Error, string? Message)[resources.Count];
        if (!await cluster.CatchUpAsync(aborted))
        {
            Array.Fill(answers, (ErrorCode.RequestTimedOut, null));
            return answers;
        }

        var (view, now) = (cluster.View, settings.Current);
        var command = new AlterConfigs();
        var places = new List<int>();
        var repeated = resources.GroupBy(resource => (resource.Type, resource.Name)).Where(same => same.Count() > 1).Select(same => same.Key).ToHashSet();
        for (var i = 0; i < resources.Count; i++)
        {
            answers[i] = repeated.Contains((resources[i].Type, resources[i].Name))
                ? (ErrorCode.InvalidRequest, "Each resource must appear at most once.")
                : Check(resources[i], view, now);
            if (answers[i].Error != ErrorCode.None) continue;
            places.Add(i);
            command.Resources.Add(ToCommand(resources[i], now));
        }

        if (places.Count == 0 || validateOnly) return answers;
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), aborted);
        for (var i = 0; i < places.Count; i++)
            answers[places[i]] = outcome is null ? AdminErrors.Of(status) : AdminErrors.Of(outcome.Resources[i]);
        return answers;
    }

    private static (ErrorCode Error, string? Message) Check(ResourceChange resource, ClusterView view, BrokerSettings now)
    {
        if (resource.Type == ConfigResourceType.Topic)
        {
            var error = ConfigResources.FindTopic(resource.Name, view, out var topic);
            if (topic is null) return error;
            return Result(ConfigAlteration.AlterTopic(resource.ReplacesAll ? None : topic.Configs.ToDictionary(), resource.Changes, now));
        }

        if (resource.Type == ConfigResourceType.Group)
        {
            var error = ConfigResources.CheckGroup(resource.Name);
            return error.Error != ErrorCode.None ? error : Result(ConfigAlteration.AlterGroup(resource.ReplacesAll ? None : ConfigResources.OfGroup(resource.Name, view), resource.Changes, now));
        }

        if (resource.Type != ConfigResourceType.Broker) return ConfigResources.Unserved(resource.Type);
        return resource.Name.Length > 0
            ? (ErrorCode.InvalidRequest, "Agents are interchangeable and have no settings of their own: alter the default of all brokers (an empty name), or start the agent with --set.")
            : Result(ConfigAlteration.AlterBrokerDefaults(resource.ReplacesAll ? now.WithDynamic(None) : now, resource.Changes));
    }

    private static (ErrorCode Error, string? Message) Result(ConfigAlterationResult result) => (AdminErrors.Of(result.Status), result.Message);

    private static AlterConfigs.Resource ToCommand(ResourceChange resource, BrokerSettings now) => new()
    {
        Type = resource.Type,
        Name = resource.Name,
        ReplaceAll = resource.ReplacesAll,
        Changes = [.. resource.Changes.Select(change => ToCommand(change, resource.Type, now))],
    };

    private static AlterConfigs.Change ToCommand(ConfigChange change, sbyte type, BrokerSettings now)
    {
        var key = type switch
        {
            ConfigResourceType.Topic => TopicConfigs.Find(change.Name),
            ConfigResourceType.Group => GroupConfigs.Find(change.Name),
            _ => BrokerConfigs.Find(change.Name),
        };
        return new()
        {
            Key = change.Name,
            Op = (sbyte)change.Operation,
            Value = change.Value is null ? null : key?.Canonical(change.Value),
            Unset = key?.Type != ConfigType.List ? null : type == ConfigResourceType.Topic ? now.DefaultOf(key).Value : now.Static.GetValueOrDefault(key.Name) ?? key.Default,
        };
    }
}
