using System.CommandLine;
using DisklessKafka.Agent.Options;

namespace DisklessKafka.Cli.Admin;

/// <summary>What the verbs of operators have in common: whom they ask, how they print what they found and how they refuse.</summary>
internal static class AdminVerb
{
    /// <summary>A verb that does something and says so in a line.</summary>
    /// <param name="parts">Its arguments and options, in the order of its help.</param>
    public static Command Doing(string name, string description, Symbol[] parts, Func<AdminClient, ParseResult, Task> run)
    {
        var bootstrap = Bootstrap();
        var command = With(new Command(name, description), [.. parts, bootstrap]);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(bootstrap)!, client => run(client, parsed)));
        return command;
    }

    /// <summary>A verb that finds something, and prints it for people or for programs.</summary>
    /// <inheritdoc cref="Doing"/>
    public static Command Telling(string name, string description, Symbol[] parts, Func<AdminClient, ParseResult, Task<Report>> run)
    {
        var bootstrap = Bootstrap();
        var json = new Option<bool>("--json") { Description = "One JSON document in place of lines for people" };
        var command = With(new Command(name, description), [.. parts, json, bootstrap]);
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(bootstrap)!, async client => (await run(client, parsed)).Print(parsed.GetValue(json))));
        return command;
    }

    /// <summary>A verb with no argument, or with one that is a name.</summary>
    public static Command Telling(string name, string description, Func<AdminClient, Task<Report>> run) =>
        Telling(name, description, [], (client, _) => run(client));

    /// <inheritdoc cref="Telling(string, string, Func{AdminClient, Task{Report}})"/>
    public static Command Telling(string name, string description, string subject, Func<AdminClient, string, Task<Report>> run)
    {
        var argument = new Argument<string>(subject);
        return Telling(name, description, [argument], (client, parsed) => run(client, parsed.GetValue(argument)!));
    }

    /// <inheritdoc cref="Telling(string, string, Func{AdminClient, Task{Report}})"/>
    public static Command Doing(string name, string description, string subject, Func<AdminClient, string, Task> run)
    {
        var argument = new Argument<string>(subject);
        return Doing(name, description, [argument], (client, parsed) => run(client, parsed.GetValue(argument)!));
    }

    public static (string Key, string Value) Pair(string flag, string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? (text[..at], text[(at + 1)..]) : throw new AdminException($"{flag} {text}: write KEY=VALUE");
    }

    private static Option<string> Bootstrap() => new("--bootstrap")
    {
        HelpName = "HOST:PORT", Description = "A broker of the cluster, or several with commas", DefaultValueFactory = _ => "localhost:9092",
    };

    private static Command With(Command command, Symbol[] parts)
    {
        foreach (var part in parts)
            if (part is Argument argument) command.Add(argument);
            else command.Add((Option)part);
        return command;
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
