namespace DisklessKafka.Agent.Configs;

/// <summary>
/// The values of broker settings at one moment: what the agent was started with, and the cluster-wide dynamic defaults
/// that the metadata log holds. Immutable; a change makes a new one. Holds valid values only.
/// </summary>
/// <param name="Static">By broker setting name; the operator's <c>--set</c> and what follows from other options.</param>
/// <param name="Dynamic">By broker setting name; set by clients for all agents, and stronger than <paramref name="Static"/>.</param>
public sealed record BrokerSettings(IReadOnlyDictionary<string, string> Static, IReadOnlyDictionary<string, string> Dynamic)
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>Kafka's defaults throughout.</summary>
    public static readonly BrokerSettings Defaults = new(None, None);

    public BrokerSettings WithDynamic(IReadOnlyDictionary<string, string> dynamic) => this with { Dynamic = dynamic };

    /// <summary>What a broker setting is in force with, its default included; null where it has none.</summary>
    public string? Value(string name) =>
        Dynamic.GetValueOrDefault(name) ?? Static.GetValueOrDefault(name) ?? BrokerConfigs.Find(name)?.Default;

    public bool IsTrue(string name) => bool.TryParse(Value(name), out var value) && value;

    /// <exception cref="InvalidOperationException">The setting has no value or is not an integer: a mistake in the caller.</exception>
    public int Int(string name) =>
        int.TryParse(Value(name), System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : throw new InvalidOperationException($"{name} has no integer value");

    /// <summary>The value of a topic setting that the topic does not override, in the topic setting's unit, and where it came from.</summary>
    public (string? Value, ConfigSource Source) DefaultOf(ConfigKey topicKey)
    {
        // Kafka's order: a stronger source wins whatever the synonym; within a source the first synonym wins.
        foreach (var synonym in topicKey.Synonyms)
            if (Dynamic.TryGetValue(synonym.Name, out var value))
                return (synonym.ToTopicValue(value), ConfigSource.DynamicDefaultBrokerConfig);
        foreach (var synonym in topicKey.Synonyms)
            if (Static.TryGetValue(synonym.Name, out var value))
                return (synonym.ToTopicValue(value), ConfigSource.StaticBrokerConfig);
        return (topicKey.Default, ConfigSource.DefaultConfig);
    }
}
