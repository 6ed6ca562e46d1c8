using System.Globalization;

namespace DisklessKafka.Agent.Configs;

/// <summary>The settings that a consumer group can have of its own.</summary>
public static class GroupConfigs
{
    public const string SessionTimeoutMs = "consumer.session.timeout.ms";
    public const string HeartbeatIntervalMs = "consumer.heartbeat.interval.ms";

    /// <summary>In name order.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new(HeartbeatIntervalMs, ConfigType.Int, "5000", ConfigRule.AtLeast(1), ConfigEffect.Honoured, "Milliseconds between the heartbeats of a member under the consumer protocol.")
        {
            Synonyms = [new(BrokerConfigs.GroupConsumerHeartbeatIntervalMs)],
        },
        new(SessionTimeoutMs, ConfigType.Int, "45000", ConfigRule.AtLeast(1), ConfigEffect.Honoured, "Milliseconds of silence after which a member under the consumer protocol is removed.")
        {
            Synonyms = [new(BrokerConfigs.GroupConsumerSessionTimeoutMs)],
        },
    ];

    public static ConfigKey? Find(string name) => All.FirstOrDefault(key => key.Name == name);

    /// <summary>What holds for a group with these settings of its own.</summary>
    public static int Value(string name, IReadOnlyDictionary<string, string> overrides, BrokerSettings settings) =>
        int.Parse(overrides.GetValueOrDefault(name) ?? settings.DefaultOf(Find(name)!).Value!, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Checks settings together with the limits that the broker has for them.</summary>
    /// <returns>Null if they are fine, else a sentence for the client.</returns>
    public static string? ValidateAll(IReadOnlyDictionary<string, string> overrides, BrokerSettings settings)
    {
        var (session, heartbeat) = (Value(SessionTimeoutMs, overrides, settings), Value(HeartbeatIntervalMs, overrides, settings));
        return CheckLimits(SessionTimeoutMs, session, BrokerConfigs.GroupConsumerMinSessionTimeoutMs, BrokerConfigs.GroupConsumerMaxSessionTimeoutMs, settings)
            ?? CheckLimits(HeartbeatIntervalMs, heartbeat, BrokerConfigs.GroupConsumerMinHeartbeatIntervalMs, BrokerConfigs.GroupConsumerMaxHeartbeatIntervalMs, settings)
            ?? (heartbeat < session ? null : $"{HeartbeatIntervalMs} must be less than {SessionTimeoutMs}");
    }

    private static string? CheckLimits(string name, int value, string minimum, string maximum, BrokerSettings settings) =>
        value < settings.Int(minimum) ? $"{name} must be greater than or equal to {minimum}"
        : value > settings.Int(maximum) ? $"{name} must be less than or equal to {maximum}"
        : null;
}
