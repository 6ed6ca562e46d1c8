using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>A topic that a client wants, with defaults filled in, or why it cannot have it.</summary>
internal readonly record struct TopicRequest(int Partitions, short ReplicationFactor, Dictionary<string, string> Configs, ErrorCode Error, string? Message)
{
    /// <summary>Checks everything that can be told without the cluster's topics. Pure.</summary>
    public static TopicRequest Of(CreateTopicsRequest.CreatableTopic asked, BrokerSettings settings)
    {
        if (!TopicRules.IsValidName(asked.Name.Value) || asked.Name.Value == TopicNames.ControllerLog) return Refused(ErrorCode.InvalidTopicException, TopicNames.Rule);
        var (partitions, replicationFactor) = (asked.NumPartitions, asked.ReplicationFactor);
        if (asked.Assignments.Count > 0)
        {
            if (partitions != -1 || replicationFactor != -1)
                return Refused(ErrorCode.InvalidRequest, "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time.");
            if (CheckAssignments(asked.Assignments) is { } problem) return Refused(ErrorCode.InvalidReplicaAssignment, problem);
            (partitions, replicationFactor) = (asked.Assignments.Count, (short)asked.Assignments[0].BrokerIds.Count);
        }

        if (partitions is 0 or < -1) return Refused(ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
        if (partitions > TopicRules.MaxPartitions) return Refused(ErrorCode.InvalidPartitions, TopicNames.PartitionRule);
        if (replicationFactor is 0 or < -1) return Refused(ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
        var (configs, error) = CheckConfigs(asked.Configs, settings);
        if (error is not null) return Refused(ErrorCode.InvalidConfig, error);
        return new(
            partitions == -1 ? settings.Int(BrokerConfigs.NumPartitions) : partitions,
            replicationFactor == -1 ? (short)settings.Int(BrokerConfigs.DefaultReplicationFactor) : replicationFactor,
            configs, ErrorCode.None, null);
    }

    /// <summary>Which agents are named does not matter, any agent serves any partition; the shape must be right.</summary>
    private static string? CheckAssignments(List<CreateTopicsRequest.CreatableReplicaAssignment> assignments)
    {
        var factor = assignments[0].BrokerIds.Count;
        var seen = new HashSet<int>();
        foreach (var assignment in assignments)
        {
            if (!seen.Add(assignment.PartitionIndex)) return $"Found multiple manual partition assignments for partition {assignment.PartitionIndex}";
            if (assignment.BrokerIds.Count == 0) return "The manual partition assignment includes an empty replica list.";
            if (assignment.BrokerIds.Count > short.MaxValue || assignment.BrokerIds.Distinct().Count() != assignment.BrokerIds.Count) return "The manual partition assignment names a broker twice.";
            if (assignment.BrokerIds.Count != factor) return "The manual partition assignment does not give every partition the same number of replicas.";
        }

        return seen.Max() == assignments.Count - 1 && seen.Min() == 0 ? null : "partitions should be a consecutive 0-based integer sequence";
    }

    private static (Dictionary<string, string> Configs, string? Error) CheckConfigs(List<CreateTopicsRequest.CreatableTopicConfig> asked, BrokerSettings settings)
    {
        var configs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var config in asked)
        {
            if (TopicConfigs.Validate(config.Name, config.Value) is { } error) return (configs, error);
            configs[config.Name] = TopicConfigs.Find(config.Name)!.Canonical(config.Value!); // named twice: the last one counts, as in Kafka
        }

        return (configs, TopicConfigs.ValidateAll(configs, settings));
    }

    private static TopicRequest Refused(ErrorCode error, string message) => new(-1, -1, [], error, message);
}
