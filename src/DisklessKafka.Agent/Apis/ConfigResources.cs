using System.Globalization;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Apis;

/// <summary>Kafka's resource types, as config requests carry them.</summary>
internal static class ConfigResourceType
{
    public const sbyte Topic = 2, Broker = 4, BrokerLogger = 8, ClientMetrics = 16, Group = 32;
}

/// <summary>What the config APIs have in common: which resource a request means.</summary>
internal static class ConfigResources
{
    /// <summary>Null and the topic, or why there is none.</summary>
    public static (ErrorCode Error, string? Message) FindTopic(string name, ClusterView view, out Topic? topic)
    {
        topic = null;
        if (!TopicRules.IsValidName(name)) return (ErrorCode.InvalidTopicException, TopicNames.Rule);
        return view.Topics.TryFind(new TopicName(name), out topic) ? (ErrorCode.None, null) : (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition.");
    }

    /// <summary>What was set for the group; a group need not be there to have settings.</summary>
    public static IReadOnlyDictionary<string, string> OfGroup(string name, ClusterView view) =>
        view.Configs.TryGetValue(new ConfigResource(ConfigResourceType.Group, name), out var set) ? set.ToDictionary() : ConfigSet.Empty.ToDictionary();

    public static (ErrorCode Error, string? Message) CheckGroup(string name) =>
        name.Length > 0 ? (ErrorCode.None, null) : (ErrorCode.InvalidRequest, "Default group resources are not allowed.");

    /// <summary>Any agent answers for any live agent: behind one load-balancer address a client cannot choose whom it asks.</summary>
    public static (ErrorCode Error, string? Message) CheckBroker(string name, int self, ClusterView view)
    {
        if (!int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            return (ErrorCode.InvalidRequest, $"Broker id must be an integer, but it is: {name}");
        return id == self || view.Agents.FindBroker(id) is not null
            ? (ErrorCode.None, null)
            : (ErrorCode.InvalidRequest, $"Unexpected broker id, expected {self} or empty string, but received {name}");
    }

    public static (ErrorCode Error, string? Message) Unserved(sbyte type) => type switch
    {
        ConfigResourceType.BrokerLogger => (ErrorCode.InvalidRequest, "Log levels cannot be changed by clients; start the agent with --log-level."),
        ConfigResourceType.ClientMetrics => (ErrorCode.InvalidRequest, "Client metrics are not collected by this version."),
        _ => (ErrorCode.InvalidRequest, $"Unknown resource type {type}."),
    };
}
