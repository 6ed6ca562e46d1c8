namespace DisklessKafka.Agent.Configs;

/// <summary>What an incremental alteration does to one setting, numbered as the wire carries it.</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

public readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value);

/// <summary>Why an alteration was refused; each stands for the Kafka error of the same name.</summary>
public enum ConfigAlterationStatus
{
    Ok,
    InvalidConfig,
    InvalidRequest,
}

/// <param name="Values">The whole new set of overrides; meaningful only when the status is Ok.</param>
/// <param name="Message">A sentence for the client; null when the status is Ok.</param>
public readonly record struct ConfigAlterationResult(ConfigAlterationStatus Status, IReadOnlyDictionary<string, string> Values, string? Message);

/// <summary>Alters a set of overrides as AlterConfigs and IncrementalAlterConfigs ask. Pure: all or nothing for a resource.</summary>
public static class ConfigAlteration
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>Applies the changes to a topic's overrides.</summary>
    public static ConfigAlterationResult AlterTopic(IReadOnlyDictionary<string, string> overrides, IReadOnlyList<ConfigChange> changes, BrokerSettings settings)
    {
        var result = Alter(overrides, changes, TopicConfigs.Find, key => settings.DefaultOf(key).Value, "topic");
        if (result.Status != ConfigAlterationStatus.Ok) return result;
        return TopicConfigs.ValidateAll(result.Values, settings) is { } error ? Refused(ConfigAlterationStatus.InvalidConfig, error) : result;
    }

    /// <summary>Applies the changes to the cluster-wide dynamic broker defaults.</summary>
    public static ConfigAlterationResult AlterBrokerDefaults(BrokerSettings settings, IReadOnlyList<ConfigChange> changes)
    {
        var result = Alter(settings.Dynamic, changes, BrokerConfigs.Find, key => settings.Static.GetValueOrDefault(key.Name) ?? key.Default, "broker");
        if (result.Status != ConfigAlterationStatus.Ok) return result;
        return BrokerConfigs.ValidateDynamic(result.Values) is { } error ? Refused(ConfigAlterationStatus.InvalidConfig, error) : result;
    }

    /// <summary>Applies the changes to a consumer group's settings.</summary>
    public static ConfigAlterationResult AlterGroup(IReadOnlyDictionary<string, string> overrides, IReadOnlyList<ConfigChange> changes, BrokerSettings settings)
    {
        var result = Alter(overrides, changes, GroupConfigs.Find, key => settings.DefaultOf(key).Value, "group");
        if (result.Status != ConfigAlterationStatus.Ok) return result;
        return GroupConfigs.ValidateAll(result.Values, settings) is { } error ? Refused(ConfigAlterationStatus.InvalidConfig, error) : result;
    }

    private static ConfigAlterationResult Alter(
        IReadOnlyDictionary<string, string> current, IReadOnlyList<ConfigChange> changes, Func<string, ConfigKey?> find, Func<ConfigKey, string?> fallback, string kind)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var values = new Dictionary<string, string>(current, StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (!seen.Add(change.Name)) return Refused(ConfigAlterationStatus.InvalidRequest, $"Error due to duplicate config keys: {change.Name}");
            if (change.Operation != ConfigOperation.Delete && change.Value is null)
                return Refused(ConfigAlterationStatus.InvalidRequest, $"Null value not supported for: {change.Name}");
            switch (change.Operation)
            {
                case ConfigOperation.Delete:
                    values.Remove(change.Name); // also an unknown name: so that a setting of a newer version can be cleaned up
                    continue;
                case ConfigOperation.Set or ConfigOperation.Append or ConfigOperation.Subtract:
                    break;
                default:
                    return Refused(ConfigAlterationStatus.InvalidRequest, $"Unknown operation {(sbyte)change.Operation} for config key {change.Name}");
            }
            if (find(change.Name) is not { } key)
                return Refused(ConfigAlterationStatus.InvalidConfig, $"Unknown {kind} config name: {change.Name}");
            if (change.Operation != ConfigOperation.Set && key.Type != ConfigType.List)
                return Refused(ConfigAlterationStatus.InvalidConfig, $"Can't {change.Operation.ToString().ToUpperInvariant()} to key {change.Name} because its type is not LIST.");
            values[change.Name] = change.Operation switch
            {
                ConfigOperation.Append => Appended(values.GetValueOrDefault(change.Name) ?? fallback(key), change.Value!),
                ConfigOperation.Subtract => Subtracted(values.GetValueOrDefault(change.Name) ?? fallback(key), change.Value!),
                _ => change.Value!,
            };
            if (key.Validate(values[change.Name]) is { } error) return Refused(ConfigAlterationStatus.InvalidConfig, error);
            values[change.Name] = key.Canonical(values[change.Name]);
        }
        return new(ConfigAlterationStatus.Ok, values, null);
    }

    /// <summary>An element that is there already stays once.</summary>
    private static string Appended(string? list, string addition)
    {
        var parts = ConfigKey.Split(list ?? "");
        parts.AddRange(ConfigKey.Split(addition).Where(part => !parts.Contains(part)));
        return string.Join(",", parts);
    }

    private static string Subtracted(string? list, string removal)
    {
        var parts = ConfigKey.Split(list ?? "");
        foreach (var part in ConfigKey.Split(removal)) parts.Remove(part);
        return string.Join(",", parts);
    }

    private static ConfigAlterationResult Refused(ConfigAlterationStatus status, string message) => new(status, Nothing, message);
}
