using System.Text;

namespace DisklessKafka.Agent.Configs;

/// <summary>Writes the reference pages of topic and broker settings from their tables, so that the pages cannot lie.</summary>
public static class ConfigReference
{
    public static string Topics()
    {
        var page = new StringBuilder();
        page.Append("# Topic settings\n\n")
            .Append("Set them when a topic is created or later with `kafka-configs`, an admin client or any Kafka tool. ")
            .Append("A topic without a setting of its own takes the broker default: the cluster-wide dynamic one first, then what the agent was started with, then Kafka's default shown here.\n\n")
            .Append("This page is generated from the table that agents work with; a test compares the two.\n\n")
            .Append("| setting | type | default | must be | broker default | on a diskless broker | meaning |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var key in TopicConfigs.All)
            page.Append($"| `{key.Name}` | {TypeOf(key)} | {DefaultOf(key)} | {Cell(key.Rule.Description)} | {string.Join(", ", key.Synonyms.Select(synonym => $"`{synonym.Name}`"))} | {EffectOf(key)} | {Cell(key.Documentation)} |\n");
        return page.ToString();
    }

    public static string Brokers()
    {
        var page = new StringBuilder();
        page.Append("# Broker settings\n\n")
            .Append("The settings of a Kafka broker as clients and tools see them. ")
            .Append("*dynamic*: clients can alter it, for all agents at once (broker resource with an empty name), and `--set NAME=VALUE` gives a start value. ")
            .Append("*start*: only `--set NAME=VALUE`. *fixed*: follows from the agent's own options, or describes what a diskless broker is.\n\n")
            .Append("This page is generated from the table that agents work with; a test compares the two.\n\n")
            .Append("| setting | type | default | must be | changed | on a diskless broker | meaning |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var key in BrokerConfigs.All)
            page.Append($"| `{key.Name}` | {TypeOf(key)} | {DefaultOf(key)} | {Cell(key.Rule.Description)} | {ChangeOf(key)} | {EffectOf(key)} | {Cell(key.Documentation)} |\n");
        return page.ToString();
    }

    private static string TypeOf(ConfigKey key) => key.Type.ToString().ToLowerInvariant();

    private static string DefaultOf(ConfigKey key) => key.Default switch
    {
        null => "",
        "" => "(empty)",
        var text => $"`{text}`",
    };

    private static string ChangeOf(ConfigKey key) => (key.IsReadOnly, key.IsSettable) switch
    {
        (false, _) => "dynamic",
        (true, true) => "start",
        (true, false) => "fixed",
    };

    private static string EffectOf(ConfigKey key) => key.Effect switch
    {
        ConfigEffect.Honoured => "honoured",
        ConfigEffect.NoEffect => "no effect",
        ConfigEffect.NotYet => "not yet",
        _ => throw new InvalidOperationException($"unknown effect {key.Effect}"),
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
