using System.CommandLine;
using DisklessKafka.Agent.Options;

namespace DisklessKafka.Cli.Admin;

/// <summary>The verbs of operators and their flags. They work against any Kafka.</summary>
internal static class AdminCommands
{
    public static Command Topics() => new("topics", "Creates, lists, describes and deletes topics")
    {
        CreateTopic(),
        Verb("list", "Lists all topics", TopicsVerb.ListAsync),
        Verb("describe", "Tells a topic's partitions and what was set for it", "TOPIC", TopicsVerb.DescribeAsync),
        Verb("delete", "Deletes a topic and all its records", "TOPIC", TopicsVerb.DeleteAsync),
    };

    public static Command Groups() => new("groups", "Lists, describes and deletes consumer groups")
    {
        Verb("list", "Lists the groups that the broker coordinates, with their states", GroupsVerb.ListAsync),
        Verb("describe", "Tells a group's members, what they are assigned, committed offsets and lag", "GROUP", GroupsVerb.DescribeAsync),
        Verb("delete", "Deletes a group without members, and what it has committed", "GROUP", GroupsVerb.DeleteAsync),
    };

    public static Command Configs() => new("configs", "Tells and changes settings of topics, brokers and groups") { DescribeConfigs(), AlterConfigs() };

    private static Command DescribeConfigs()
    {
        var (kind, name, bootstrap) = (Kind(), Name(), Bootstrap());
        var all = new Option<bool>("--all") { Description = "Also what is left at its default" };
        var command = new Command("describe", "Tells what is set") { kind, name, all, bootstrap };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(bootstrap)!, client => ConfigsVerb.DescribeAsync(
            client, parsed.GetValue(kind)!, parsed.GetValue(name)!, parsed.GetValue(all))));
        return command;
    }

    private static Command AlterConfigs()
    {
        var (kind, name, bootstrap) = (Kind(), Name(), Bootstrap());
        var set = new Option<string[]>("--set") { HelpName = "KEY=VALUE", Description = "A setting and its new value; may be given several times" };
        var delete = new Option<string[]>("--delete") { HelpName = "KEY", Description = "A setting that goes back to its default; may be given several times" };
        var command = new Command("alter", "Changes settings, all of them or none") { kind, name, set, delete, bootstrap };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(bootstrap)!, client => ConfigsVerb.AlterAsync(
            client, parsed.GetValue(kind)!, parsed.GetValue(name)!, [.. (parsed.GetValue(set) ?? []).Select(text => Pair("--set", text))], parsed.GetValue(delete) ?? [])));
        return command;
    }

    private static Argument<string> Kind() => new("KIND") { Description = "topic, broker or group" };

    private static Argument<string> Name() => new("NAME") { Description = "A topic, a broker's id (\"\" for all brokers) or a group" };

    private static Command CreateTopic()
    {
        var name = new Argument<string>("TOPIC");
        var partitions = new Option<int>("--partitions") { HelpName = "N", Description = "How many; -1 for the cluster's default", DefaultValueFactory = _ => -1 };
        var replicas = new Option<short>("--replication-factor") { HelpName = "N", Description = "Remembered and reported; -1 for the cluster's default", DefaultValueFactory = _ => -1 };
        var configs = new Option<string[]>("--config") { HelpName = "KEY=VALUE", Description = "A topic setting; may be given several times" };
        var ifNotExists = new Option<bool>("--if-not-exists") { Description = "A topic that is there already is as good" };
        var bootstrap = Bootstrap();
        var command = new Command("create", "Creates a topic") { name, partitions, replicas, configs, ifNotExists, bootstrap };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(bootstrap)!, client => TopicsVerb.CreateAsync(
            client, parsed.GetValue(name)!, parsed.GetValue(partitions), parsed.GetValue(replicas), [.. (parsed.GetValue(configs) ?? []).Select(text => Pair("--config", text))], parsed.GetValue(ifNotExists))));
        return command;
    }

    private static Command Verb(string name, string description, Func<AdminClient, Task> run)
    {
        var bootstrap = Bootstrap();
        var command = new Command(name, description) { bootstrap };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(bootstrap)!, run));
        return command;
    }

    private static Command Verb(string name, string description, string subject, Func<AdminClient, string, Task> run)
    {
        var bootstrap = Bootstrap();
        var argument = new Argument<string>(subject);
        var command = new Command(name, description) { argument, bootstrap };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(bootstrap)!, client => run(client, parsed.GetValue(argument)!)));
        return command;
    }

    private static Option<string> Bootstrap() => new("--bootstrap")
    {
        HelpName = "HOST:PORT", Description = "A broker of the cluster, or several with commas", DefaultValueFactory = _ => "localhost:9092",
    };

    private static (string Key, string Value) Pair(string flag, string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? (text[..at], text[(at + 1)..]) : throw new AdminException($"{flag} {text}: write KEY=VALUE");
    }

    private static async Task<int> RunAsync(string bootstrap, Func<AdminClient, Task> run)
    {
        try
        {
            await using var client = await AdminClient.ConnectAsync(bootstrap, TimeProvider.System);
            await run(client);
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is AdminException or OptionException)
        {
            await Console.Error.WriteLineAsync($"diskless: {e.Message}");
            return e is OptionException ? ExitCodes.Usage : ExitCodes.Failed;
        }
    }
}
