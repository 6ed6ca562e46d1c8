using static DisklessKafka.Agent.Configs.ConfigEffect;

namespace DisklessKafka.Agent.Configs;

/// <summary>
/// The broker settings of Kafka 4.2 that clients and tools read. Three kinds: <em>dynamic</em> ones that clients can alter
/// for all agents, <em>settable</em> ones that the operator gives with <c>--set</c> (every dynamic one is settable too), and
/// fixed ones that follow from other options or describe what a diskless broker is.
/// </summary>
public static partial class BrokerConfigs
{
    public const string AutoCreateTopics = "auto.create.topics.enable";
    public const string DefaultReplicationFactor = "default.replication.factor";
    public const string DeleteTopics = "delete.topic.enable";
    public const string FetchMaxBytes = "fetch.max.bytes";
    public const string NumPartitions = "num.partitions";
    public const string MaxRequestPartitions = "max.request.partition.size.limit";
    public const string SocketRequestMaxBytes = "socket.request.max.bytes";
    public const string ConnectionsMaxIdleMs = "connections.max.idle.ms";
    public const string GroupMinSessionTimeoutMs = "group.min.session.timeout.ms";
    public const string GroupMaxSessionTimeoutMs = "group.max.session.timeout.ms";
    public const string GroupInitialRebalanceDelayMs = "group.initial.rebalance.delay.ms";
    public const string GroupMaxSize = "group.max.size";
    public const string GroupConsumerSessionTimeoutMs = "group.consumer.session.timeout.ms";
    public const string GroupConsumerMinSessionTimeoutMs = "group.consumer.min.session.timeout.ms";
    public const string GroupConsumerMaxSessionTimeoutMs = "group.consumer.max.session.timeout.ms";
    public const string GroupConsumerHeartbeatIntervalMs = "group.consumer.heartbeat.interval.ms";
    public const string GroupConsumerMinHeartbeatIntervalMs = "group.consumer.min.heartbeat.interval.ms";
    public const string GroupConsumerMaxHeartbeatIntervalMs = "group.consumer.max.heartbeat.interval.ms";
    public const string GroupConsumerMaxSize = "group.consumer.max.size";
    public const string OffsetMetadataMaxBytes = "offset.metadata.max.bytes";
    public const string ProducerIdExpirationMs = "producer.id.expiration.ms";
    public const string TransactionMaxTimeoutMs = "transaction.max.timeout.ms";

    private static readonly Dictionary<string, ConfigKey> ByName =
        TopicDefaults().Concat(Identity()).Concat(Network()).Concat(Coordinators()).Concat(Storage()).Concat(Security())
            .ToDictionary(key => key.Name, StringComparer.Ordinal);

    /// <summary>In name order.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } = [.. ByName.Values.OrderBy(key => key.Name, StringComparer.Ordinal)];

    public static ConfigKey? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Checks one setting as the operator gives it at start.</summary>
    /// <returns>Null if it is fine, else a sentence that says what to do instead.</returns>
    public static string? ValidateStatic(string name, string value)
    {
        if (Find(name) is not { } key) return $"'{name}' is not a Kafka broker setting that this agent knows; docs/reference/broker-configs.md lists them";
        return key.IsSettable ? key.Validate(value) : $"{name} cannot be set: {key.FullDocumentation}";
    }

    /// <summary>Checks the cluster-wide dynamic defaults one by one and together.</summary>
    /// <returns>Null if they are fine, else a sentence for the client (to go with INVALID_CONFIG).</returns>
    public static string? ValidateDynamic(IEnumerable<KeyValuePair<string, string>> values)
    {
        foreach (var (name, value) in values)
        {
            if (Find(name) is not { } key) return $"Unknown broker config name: {name}";
            if (key.IsReadOnly) return $"Cannot update these configs dynamically: {name}";
            if (key.Validate(value) is { } error) return error;
        }
        var settings = BrokerSettings.Defaults.WithDynamic(values.ToDictionary(StringComparer.Ordinal));
        return TopicConfigs.ValidateAll([], settings);
    }

    /// <summary>Clients can alter it for all agents; the operator can set it at start.</summary>
    private static ConfigKey Dynamic(string name, ConfigType type, string? @default, ConfigRule rule, ConfigEffect effect, string documentation) =>
        new(name, type, @default, rule, effect, documentation) { IsSettable = true };

    /// <summary>The operator can set it at start.</summary>
    private static ConfigKey Settable(string name, ConfigType type, string? @default, ConfigRule rule, ConfigEffect effect, string documentation) =>
        new(name, type, @default, rule, effect, documentation) { IsSettable = true, IsReadOnly = true };

    /// <summary>Reported so that tools find it; follows from the agent's options or from what a diskless broker is.</summary>
    private static ConfigKey Fixed(string name, ConfigType type, string? @default, string documentation, ConfigEffect effect = Honoured) =>
        new(name, type, @default, ConfigRule.Any, effect, documentation) { IsReadOnly = true };

    private static ConfigKey Unused(string name, ConfigType type, string? @default, string documentation) => Fixed(name, type, @default, documentation, NoEffect);

    private static IEnumerable<ConfigKey> TopicDefaults()
    {
        // The first synonym of each topic setting is dynamic, as in Kafka; further ones (other units) only exist at start.
        foreach (var topic in TopicConfigs.All)
            if (topic.Synonyms is [var first, ..])
                yield return Dynamic(first.Name, topic.Type, topic.Synonyms.Count > 1 ? null : topic.Default, topic.Rule, topic.Effect,
                    $"Default of the topic setting {topic.Name}. {topic.Documentation}");

        yield return Settable("log.retention.minutes", ConfigType.Int, null, ConfigRule.AtLeast(-1), NotYet, "Default of the topic setting retention.ms, in minutes; log.retention.ms wins over it.");
        yield return Settable("log.retention.hours", ConfigType.Int, "168", ConfigRule.AtLeast(-1), NotYet, "Default of the topic setting retention.ms, in hours; log.retention.ms and log.retention.minutes win over it.");
        yield return Settable("log.roll.hours", ConfigType.Int, "168", ConfigRule.AtLeast(1), NoEffect, "Default of the topic setting segment.ms, in hours.");
        yield return Settable("log.roll.jitter.hours", ConfigType.Int, "0", ConfigRule.AtLeast(0), NoEffect, "Default of the topic setting segment.jitter.ms, in hours.");
        yield return Settable("log.flush.scheduler.interval.ms", ConfigType.Long, "9223372036854775807", ConfigRule.AtLeast(0), NoEffect, "Default of the topic setting flush.ms.");
        yield return Settable(AutoCreateTopics, ConfigType.Boolean, "true", ConfigRule.Any, Honoured, "Whether a topic that a client names in a metadata request is created.");
        yield return Settable(NumPartitions, ConfigType.Int, "1", ConfigRule.Between(1, 10_000), Honoured, "Partitions of a topic that is created without a number.");
        yield return Settable(DefaultReplicationFactor, ConfigType.Int, "1", ConfigRule.Between(1, short.MaxValue), Honoured,
            "Replication factor of a topic that is created without one. It is remembered and reported; object storage does the replicating.");
        yield return Settable(DeleteTopics, ConfigType.Boolean, "true", ConfigRule.Any, Honoured, "Whether clients may delete topics.");
        yield return Unused("create.topic.policy.class.name", ConfigType.Class, null, "Java class that checks topic creation.");
        yield return Unused("alter.config.policy.class.name", ConfigType.Class, null, "Java class that checks altered settings.");
    }

    private static IEnumerable<ConfigKey> Identity() =>
    [
        Fixed("node.id", ConfigType.Int, null, "What clients know this agent by, given out by the metadata log: one that comes back at its address has the same."),
        Fixed("broker.id", ConfigType.Int, null, "The same as node.id."),
        Fixed("broker.rack", ConfigType.String, null, "The agent's zone (option zone)."),
        Fixed("process.roles", ConfigType.List, "broker", "Every agent does everything; there are no separate controllers."),
        Fixed("listeners", ConfigType.String, null, "Where the agent listens (option listen)."),
        Fixed("advertised.listeners", ConfigType.String, null, "Where clients are told to connect (option advertise)."),
        Fixed("listener.security.protocol.map", ConfigType.String, "PLAINTEXT:PLAINTEXT", "Security of each listener."),
        Fixed("inter.broker.protocol.version", ConfigType.String, "4.2-IV1", "Kafka release whose protocol the agent speaks; tools read their server version from it."),
        Fixed("log.dirs", ConfigType.String, null, "Where the data is: the URL of the object store, without credentials (option objects)."),
        Fixed("log.dir", ConfigType.String, null, "The same as log.dirs."),
        Unused("broker.id.generation.enable", ConfigType.Boolean, "true", "Whether node ids are given out automatically; here the metadata log does that."),
        Unused("reserved.broker.max.id", ConfigType.Int, "1000", "Largest node id that is configured by hand."),
        Unused("controller.listener.names", ConfigType.List, "", "Listeners of the controller; there is none."),
        Unused("controller.quorum.voters", ConfigType.List, "", "Controllers of the quorum; the metadata log takes their place."),
        Unused("controller.quorum.bootstrap.servers", ConfigType.List, "", "Controllers to ask first; the metadata log takes their place."),
        Unused("metadata.log.dir", ConfigType.String, null, "Directory of the controller's log; see the option metadata."),
        Unused("controlled.shutdown.enable", ConfigType.Boolean, "true", "Whether leadership is handed over before a stop; any agent serves any partition here."),
        Unused("auto.leader.rebalance.enable", ConfigType.Boolean, "true", "Whether leadership is moved back to preferred replicas."),
        Unused("unstable.api.versions.enable", ConfigType.Boolean, "false", "Whether versions of the protocol are offered that Kafka has not released."),
    ];

    private static IEnumerable<ConfigKey> Security() =>
    [
        Fixed("authorizer.class.name", ConfigType.String, "", "Class that checks access; empty: everything is allowed."),
        Fixed("security.inter.broker.protocol", ConfigType.String, "PLAINTEXT", "Security between brokers."),
        Fixed("inter.broker.listener.name", ConfigType.String, null, "Listener between brokers."),
        Fixed("sasl.enabled.mechanisms", ConfigType.List, "", "SASL mechanisms that clients may use."),
        Fixed("sasl.mechanism.inter.broker.protocol", ConfigType.String, "GSSAPI", "SASL mechanism between brokers.", NoEffect),
        Fixed("sasl.jaas.config", ConfigType.Password, null, "SASL credentials."),
        Fixed("sasl.server.max.receive.size", ConfigType.Int, "524288", "Largest SASL message, bytes.", NotYet),
        Fixed("connections.max.reauth.ms", ConfigType.Long, "0", "Milliseconds after which a client must authenticate again; 0: never.", NotYet),
        Fixed("principal.builder.class", ConfigType.Class, "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", "How a client's name is made from its credentials.", NoEffect),
        Fixed("ssl.client.auth", ConfigType.String, "none", "Whether clients must present a certificate.", NotYet),
        Fixed("ssl.enabled.protocols", ConfigType.List, "TLSv1.2,TLSv1.3", "TLS versions that clients may use.", NotYet),
        Fixed("ssl.protocol", ConfigType.String, "TLSv1.3", "TLS version preferred.", NotYet),
        Fixed("ssl.keystore.location", ConfigType.String, null, "File with the agent's certificate.", NotYet),
        Fixed("ssl.keystore.type", ConfigType.String, "JKS", "Format of that file.", NotYet),
        Fixed("ssl.keystore.password", ConfigType.Password, null, "Password of that file.", NotYet),
        Fixed("ssl.key.password", ConfigType.Password, null, "Password of the private key.", NotYet),
        Fixed("ssl.truststore.location", ConfigType.String, null, "File with the certificates that clients are checked against.", NotYet),
        Fixed("ssl.truststore.type", ConfigType.String, "JKS", "Format of that file.", NotYet),
        Fixed("ssl.truststore.password", ConfigType.Password, null, "Password of that file.", NotYet),
        Fixed("delegation.token.secret.key", ConfigType.Password, null, "Key that delegation tokens are signed with.", NotYet),
        Fixed("delegation.token.max.lifetime.ms", ConfigType.Long, "604800000", "Longest life of a delegation token, milliseconds.", NotYet),
        Fixed("delegation.token.expiry.time.ms", ConfigType.Long, "86400000", "Life of a delegation token until it is renewed, milliseconds.", NotYet),
    ];
}
