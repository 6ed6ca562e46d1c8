namespace DisklessKafka.Agent.Configs;

/// <summary>Type of a setting, numbered as DescribeConfigs carries it.</summary>
public enum ConfigType : sbyte
{
    Unknown = 0,
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,

    /// <summary>Values separated by commas; the only type that APPEND and SUBTRACT apply to.</summary>
    List = 7,
    Class = 8,

    /// <summary>Never leaves the agent: described with a null value.</summary>
    Password = 9,
}

/// <summary>Where a setting's value came from, numbered as DescribeConfigs carries it.</summary>
public enum ConfigSource : sbyte
{
    Unknown = 0,
    TopicConfig = 1,
    DynamicBrokerConfig = 2,
    DynamicDefaultBrokerConfig = 3,
    StaticBrokerConfig = 4,
    DefaultConfig = 5,
    DynamicBrokerLoggerConfig = 6,
    ClientMetricsConfig = 7,
    GroupConfig = 8,
}

/// <summary>What a setting does on a diskless broker; part of its documentation, so that nobody tunes a knob that is not connected.</summary>
public enum ConfigEffect
{
    /// <summary>Acts as in Kafka.</summary>
    Honoured,

    /// <summary>Stored and reported, but what it tunes does not exist here (local files, replicas, brokers' threads).</summary>
    NoEffect,

    /// <summary>Stored and reported; the part of the agent that acts on it is still to be built.</summary>
    NotYet,
}
