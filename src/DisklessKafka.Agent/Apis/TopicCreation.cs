using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>Creates topics because a client asked about them, with the broker's defaults.</summary>
public sealed class TopicCreation(Cluster cluster, LiveSettings settings, TopicIds ids)
{
    /// <summary>auto.create.topics.enable.</summary>
    public bool IsAutomatic => settings.Current.IsTrue(BrokerConfigs.AutoCreateTopics);

    /// <summary>Creates what can be created. Names that another agent created first, or that collide with one, are left for the caller's next look.</summary>
    public async ValueTask CreateAsync(IEnumerable<TopicName> names, CancellationToken aborted)
    {
        var now = settings.Current;
        var command = new CreateTopics();
        foreach (var name in names)
            command.Topics.Add(new() { Name = name, TopicId = ids.Next(), Partitions = now.Int(BrokerConfigs.NumPartitions), ReplicationFactor = (short)now.Int(BrokerConfigs.DefaultReplicationFactor) });
        await cluster.AppendAsync(Command.Of(command), aborted);
    }
}
