using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace DisklessKafka.Chaos.Load;

/// <summary>The topics of a run.</summary>
internal static class LoadTopics
{
    /// <exception cref="KafkaException">The cluster makes none.</exception>
    public static async Task CreateAsync(LoadTarget target, short replicationFactor)
    {
        using var admin = Open(target);
        await admin.CreateTopicsAsync(NamesOf(target).Select(name => new TopicSpecification { Name = name, NumPartitions = target.Partitions, ReplicationFactor = replicationFactor }));
    }

    public static async Task DeleteAsync(LoadTarget target)
    {
        using var admin = Open(target);
        await admin.DeleteTopicsAsync(NamesOf(target));
    }

    private static string[] NamesOf(LoadTarget target) => [target.Topic, target.Outcomes.Topic];

    private static IAdminClient Open(LoadTarget target) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = target.Bootstrap }).SetLogHandler((_, _) => { }).Build();
}
