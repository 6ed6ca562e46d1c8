using System.CommandLine;

namespace DisklessKafka.Cli.Admin;

/// <summary>
/// The verbs about topics and settings, and their flags. Like all verbs of operators they work against any Kafka, through the one
/// broker that they reach: where another one leads a partition or coordinates a group, the refusal says so. Agents do all for all.
/// </summary>
internal static class TopicCommands
{
    public static Command Topics() => new("topics", "Creates, lists, describes, alters and deletes topics, and deletes their records")
    {
        Create(),
        AdminVerb.Telling("list", "Lists all topics", TopicsVerb.ListAsync),
        AdminVerb.Telling("describe", "Tells a topic's partitions and what was set for it", "TOPIC", TopicsVerb.DescribeAsync),
        Alter(),
        AdminVerb.Doing("delete", "Deletes a topic and all its records", "TOPIC", TopicsVerb.DeleteAsync),
        DeleteRecords(),
    };

    public static Command Configs() => new("configs", "Tells and changes settings of topics, brokers and groups") { DescribeConfigs(), AlterConfigs() };

    private static Command Create()
    {
        var name = new Argument<string>("TOPIC");
        var partitions = new Option<int>("--partitions") { HelpName = "N", Description = "How many; -1 for the cluster's default", DefaultValueFactory = _ => -1 };
        var replicas = new Option<short>("--replication-factor") { HelpName = "N", Description = "Remembered and reported; -1 for the cluster's default", DefaultValueFactory = _ => -1 };
        var configs = new Option<string[]>("--config") { HelpName = "KEY=VALUE", Description = "A topic setting; may be given several times" };
        var ifNotExists = new Option<bool>("--if-not-exists") { Description = "A topic that is there already is as good" };
        return AdminVerb.Doing("create", "Creates a topic", [name, partitions, replicas, configs, ifNotExists], (client, parsed) => TopicsVerb.CreateAsync(
            client, parsed.GetValue(name)!, parsed.GetValue(partitions), parsed.GetValue(replicas),
            [.. (parsed.GetValue(configs) ?? []).Select(text => AdminVerb.Pair("--config", text))], parsed.GetValue(ifNotExists)));
    }

    private static Command Alter()
    {
        var name = new Argument<string>("TOPIC");
        var partitions = Parts.Number("--partitions", "How many there shall be in all; more than there are", 1, int.MaxValue);
        partitions.Required = true;
        return AdminVerb.Doing(
            "alter", "Adds partitions to a topic; records of a key may go to another one from then on. 'diskless configs alter' changes settings", [name, partitions],
            (client, parsed) => TopicsVerb.AlterAsync(client, parsed.GetValue(name)!, (int)parsed.GetValue(partitions)!.Value));
    }

    private static Command DeleteRecords()
    {
        var selection = Parts.Partitions("TOPIC[:P,P]");
        var before = Parts.Number("--before-offset", "The first to keep, in each of the partitions", 0);
        var all = new Option<bool>("--all") { Description = "All records that there are" };
        return AdminVerb.Doing(
            "delete-records", "Deletes the oldest records of a topic, at once and for good", [selection, before, all],
            (client, parsed) => RecordsVerb.DeleteAsync(client, parsed.GetValue(selection)!, parsed.GetValue(before))).WithOneOf(before, all);
    }

    private static Command DescribeConfigs()
    {
        var (kind, name) = (Kind(), Name());
        var all = new Option<bool>("--all") { Description = "Also what is left at its default" };
        return AdminVerb.Telling("describe", "Tells what is set", [kind, name, all], (client, parsed) => ConfigsVerb.DescribeAsync(
            client, parsed.GetValue(kind)!, parsed.GetValue(name)!, parsed.GetValue(all)));
    }

    private static Command AlterConfigs()
    {
        var (kind, name) = (Kind(), Name());
        var set = new Option<string[]>("--set") { HelpName = "KEY=VALUE", Description = "A setting and its new value; may be given several times" };
        var delete = new Option<string[]>("--delete") { HelpName = "KEY", Description = "A setting that goes back to its default; may be given several times" };
        return AdminVerb.Doing("alter", "Changes settings, all of them or none", [kind, name, set, delete], (client, parsed) => ConfigsVerb.AlterAsync(
            client, parsed.GetValue(kind)!, parsed.GetValue(name)!,
            [.. (parsed.GetValue(set) ?? []).Select(text => AdminVerb.Pair("--set", text))], parsed.GetValue(delete) ?? []));
    }

    private static Argument<string> Kind() => new("KIND") { Description = "topic, broker or group" };

    private static Argument<string> Name() => new("NAME") { Description = "A topic, a broker's id (\"\" for all brokers) or a group" };
}
