using System.CommandLine;
using System.CommandLine.Parsing;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Cli.Admin;
using DisklessKafka.Cli.Demo;

namespace DisklessKafka.Cli;

/// <summary>The verbs and flags of the one executable. Only this file knows the parser.</summary>
internal static class CommandLine
{
    private const string Name = "diskless";

    /// <summary>Verbs look after signals themselves: the parser would end the process two seconds after the first one.</summary>
    private static readonly InvocationConfiguration Invocation = new() { ProcessTerminationTimeout = null };

    public static async Task<int> RunAsync(string[] arguments)
    {
        var parsed = Build().Parse(arguments);
        if (parsed.Errors.Count > 0) return Refuse(parsed);
        return await parsed.InvokeAsync(Invocation);
    }

    private static RootCommand Build()
    {
        var root = new RootCommand("A Kafka broker that keeps its records in object storage") 
        {
            AgentCommand(), DemoCommand(), TopicCommands.Topics(), GroupCommands.Groups(), TopicCommands.Configs(), TransactionCommands.Transactions(), TransactionCommands.Producers(),
        };
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        return root;
    }

    private static Command AgentCommand()
    {
        var config = new Option<string?>("--config") { HelpName = "FILE", Description = $"A JSON file whose keys are the options' names (or {AgentOptionsLoader.ConfigVariable})" };
        var flags = AgentOption.All.Select(option => (Option: option, Flag: FlagOf(option))).ToList();
        var command = new Command("agent", "Serves Kafka clients. Each option can also stand in the environment or in a config file; flags win over the environment, the environment over the file");
        foreach (var (_, flag) in flags) command.Add(flag);
        command.Add(config);
        command.SetAction((parsed, cancellation) => AgentVerb.RunAsync(
            [.. flags.SelectMany(pair => (parsed.GetValue(pair.Flag) ?? []).Select(value => (pair.Option.Name, value)))],
            parsed.GetValue(config)));
        return command;
    }

    private static Option<string[]> FlagOf(AgentOption option)
    {
        var flag = new Option<string[]>(option.Flag)
        {
            HelpName = option.Placeholder,
            Description = $"{option.Help} (default {option.Default}; {option.EnvironmentVariable})",
            Arity = ArgumentArity.OneOrMore,
        };
        if (option.Name != AgentOption.Settings)
            flag.Validators.Add(result =>
            {
                if (result.Tokens.Count > 1) result.AddError($"{option.Flag} is given more than once");
            });
        return flag;
    }

    private static Command DemoCommand()
    {
        var seconds = new Option<int>("--seconds") { HelpName = "N", Description = "How long to produce", DefaultValueFactory = _ => 10 };
        seconds.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, out var value) || value is < 1 or > 3600)) result.AddError("--seconds: write a whole number from 1 to 3600");
        });
        var command = new Command("demo", "Shows the whole thing in a temporary folder: starts an agent, produces, consumes, tells figures, cleans up") { seconds };
        command.SetAction((parsed, cancellation) => DemoVerb.RunAsync(parsed.GetValue(seconds)));
        return command;
    }

    private static int Refuse(ParseResult parsed)
    {
        foreach (var error in parsed.Errors.Where(error => !error.Message.StartsWith("Required command", StringComparison.Ordinal)).DefaultIfEmpty(parsed.Errors[0]).Take(1)) Console.Error.WriteLine($"{Name}: {Plain(error)}");
        Console.Error.WriteLine($"'{string.Join(' ', Path(parsed.CommandResult).Reverse().Prepend(Name))} --help' tells what there is");
        return ExitCodes.Usage;

        string Plain(ParseError error)
        {
            const string unknown = "Unrecognized command or argument '";
            if (!error.Message.StartsWith(unknown, StringComparison.Ordinal)) return error.Message;
            var argument = error.Message[unknown.Length..].TrimEnd('.', '\'');
            var known = parsed.CommandResult.Command.Options.Select(option => option.Name).Concat(parsed.CommandResult.Command.Subcommands.Select(verb => verb.Name));
            return $"'{argument}' is not known here{Spelling.Suggest(argument, known)}";
        }
    }

    /// <summary>The command and those above it, up to the executable.</summary>
    private static IEnumerable<string> Path(CommandResult? command)
    {
        for (; command is { Command: not RootCommand }; command = command.Parent as CommandResult) yield return command.Command.Name;
    }

    private sealed class PrintVersion : System.CommandLine.Invocation.SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            Console.WriteLine($"{Name} {AgentVersion.Text}");
            return ExitCodes.Ok;
        }
    }
}
