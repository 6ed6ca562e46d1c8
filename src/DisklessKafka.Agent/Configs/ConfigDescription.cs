namespace DisklessKafka.Agent.Configs;

/// <summary>A setting as DescribeConfigs reports it.</summary>
/// <param name="Value">Null where there is none, and always for sensitive settings.</param>
/// <param name="Synonyms">Every place that gives the setting a value, strongest first; the first one is in force.</param>
public sealed record DescribedConfig(ConfigKey Key, string? Value, ConfigSource Source, IReadOnlyList<DescribedSynonym> Synonyms);

public readonly record struct DescribedSynonym(string Name, string? Value, ConfigSource Source);

/// <summary>Works out effective values and where they come from. Pure.</summary>
public static class ConfigDescription
{
    /// <summary>All settings of a topic, in name order.</summary>
    public static IEnumerable<DescribedConfig> OfTopic(IReadOnlyDictionary<string, string> overrides, BrokerSettings settings) =>
        TopicConfigs.All.Select(key => WithDefaults(key, overrides, ConfigSource.TopicConfig, settings));

    /// <summary>All settings of a group, in name order.</summary>
    public static IEnumerable<DescribedConfig> OfGroup(IReadOnlyDictionary<string, string> overrides, BrokerSettings settings) =>
        GroupConfigs.All.Select(key => WithDefaults(key, overrides, ConfigSource.GroupConfig, settings));

    /// <summary>All settings of a broker, in name order.</summary>
    public static IEnumerable<DescribedConfig> OfBroker(BrokerSettings settings) =>
        BrokerConfigs.All.Select(key => Described(key, BrokerSynonyms(key, settings), key.Default));

    /// <summary>Only the cluster-wide dynamic defaults: what a broker resource with an empty name stands for.</summary>
    public static IEnumerable<DescribedConfig> OfClusterDefaults(BrokerSettings settings) =>
        BrokerConfigs.All.Where(key => settings.Dynamic.ContainsKey(key.Name)).Select(key => Described(key, BrokerSynonyms(key, settings), null));

    private static DescribedConfig WithDefaults(ConfigKey key, IReadOnlyDictionary<string, string> overrides, ConfigSource own, BrokerSettings settings)
    {
        var synonyms = new List<DescribedSynonym>();
        if (overrides.TryGetValue(key.Name, out var value))
            synonyms.Add(new(key.Name, key.Canonical(value), own));
        Add(synonyms, key.Synonyms, settings.Dynamic, ConfigSource.DynamicDefaultBrokerConfig);
        Add(synonyms, key.Synonyms, settings.Static, ConfigSource.StaticBrokerConfig);
        foreach (var synonym in key.Synonyms)
            if (BrokerConfigs.Find(synonym.Name)?.Default is { } brokerDefault)
                synonyms.Add(new(synonym.Name, brokerDefault, ConfigSource.DefaultConfig));

        var inForce = value is not null ? (key.Canonical(value), own) : settings.DefaultOf(key);
        return new(key, inForce.Item1, inForce.Item2, synonyms);
    }

    private static List<DescribedSynonym> BrokerSynonyms(ConfigKey key, BrokerSettings settings)
    {
        var synonyms = new List<DescribedSynonym>();
        ConfigSynonym[] self = [new(key.Name)];
        Add(synonyms, self, settings.Dynamic, ConfigSource.DynamicDefaultBrokerConfig);
        Add(synonyms, self, settings.Static, ConfigSource.StaticBrokerConfig);
        if (key.Default is not null) synonyms.Add(new(key.Name, key.Default, ConfigSource.DefaultConfig));
        return synonyms;
    }

    private static DescribedConfig Described(ConfigKey key, List<DescribedSynonym> synonyms, string? fallback)
    {
        if (key.IsSensitive) synonyms = [.. synonyms.Select(synonym => synonym with { Value = null })];
        var value = synonyms.Count > 0 ? synonyms[0].Value : fallback;
        return new(key, key.IsSensitive ? null : value, synonyms.Count > 0 ? synonyms[0].Source : ConfigSource.DefaultConfig, synonyms);
    }

    private static void Add(List<DescribedSynonym> into, IReadOnlyList<ConfigSynonym> names, IReadOnlyDictionary<string, string> values, ConfigSource source)
    {
        foreach (var name in names)
            if (values.TryGetValue(name.Name, out var value))
                into.Add(new(name.Name, value, source));
    }
}
