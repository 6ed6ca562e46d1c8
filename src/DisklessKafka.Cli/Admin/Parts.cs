using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DisklessKafka.Cli.Admin;

/// <summary>Options that are checked as they are read, so that what is wrong with them is known before a broker is asked.</summary>
internal static class Parts
{
    public static Argument<PartitionSelection> Partitions(string name) => new(name)
    {
        Description = "A topic, or some of its partitions: orders:0,3", CustomParser = ParsePartitions,
    };

    public static Option<PartitionSelection[]> Topics(bool isRequired) => new("--topic")
    {
        HelpName = "TOPIC[:P,P]", Description = $"A topic, or some of its partitions: orders:0,3; may be given several times{(isRequired ? "" : " (default: all topics)")}",
        Required = isRequired, Arity = isRequired ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => Parse(result, token.Value)).OfType<PartitionSelection>()],
    };

    /// <summary>A number that is not below <paramref name="lowest"/>.</summary>
    public static Option<long?> Number(string name, string description, long lowest, long highest = long.MaxValue) => new(name)
    {
        HelpName = "N", Description = description,
        CustomParser = result =>
        {
            if (long.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= lowest && value <= highest) return value;
            result.AddError($"{name} {result.Tokens[0].Value}: write a whole number{(lowest == long.MinValue ? "" : highest == long.MaxValue ? $" from {lowest} on" : $" from {lowest} to {highest}")}");
            return null;
        },
    };

    /// <summary>The command is refused unless exactly one of the options is given.</summary>
    public static Command WithOneOf(this Command command, params Option[] options)
    {
        command.Validators.Add(result =>
        {
            if (options.Count(option => result.GetResult(option) is { Implicit: false }) != 1)
                result.AddError($"write one of {string.Join(", ", options.SkipLast(1).Select(option => option.Name))} and {options[^1].Name}");
        });
        return command;
    }

    private static PartitionSelection? ParsePartitions(ArgumentResult result) => Parse(result, result.Tokens[0].Value);

    private static PartitionSelection? Parse(ArgumentResult result, string text)
    {
        if (PartitionSelection.TryParse(text, out var selection)) return selection;
        result.AddError($"'{text}': write TOPIC or TOPIC:PARTITION,PARTITION");
        return null;
    }
}
