namespace DisklessKafka.Compatibility.Tests.Clients;

internal static class AllClients
{
    public static IReadOnlyList<KafkaClient> List { get; } = [new ConfluentClient(), new KcatClient(), new KafkaJsClient(), new PlatformaticClient(), new KafkaPythonClient()];

    /// <summary>The one that can do everything, to cross-check the others with.</summary>
    public static KafkaClient Reference => List[0];

    public static KafkaClient Named(string name) => List.Single(client => client.Name == name);
}
