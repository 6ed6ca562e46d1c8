namespace DisklessKafka.Agent.Options;

/// <summary>
/// Puts the agent's options together, with one precedence: flags over environment over config file over defaults.
/// The gathered option <c>set</c> follows it setting by setting.
/// </summary>
public static class AgentOptionsLoader
{
    public const string ConfigVariable = AgentOption.EnvironmentPrefix + "CONFIG";

    /// <param name="flags">Option name and value as given on the command line, in order.</param>
    /// <param name="environment">The process's environment; only DISKLESS_… is looked at.</param>
    /// <param name="configFile">Path of a JSON file; null: the environment may name one.</param>
    /// <exception cref="OptionException">One line that says where the mistake is and what to write instead.</exception>
    public static LoadedOptions Load(IEnumerable<(string Name, string Value)> flags, IReadOnlyDictionary<string, string> environment, string? configFile)
    {
        var warnings = new List<string>();
        var given = new List<GivenOption>();
        configFile ??= environment.GetValueOrDefault(ConfigVariable);
        if (configFile is not null) given.AddRange(ConfigFile.Read(configFile));
        given.AddRange(FromEnvironment(environment, warnings));
        given.AddRange(flags.Select(flag => new GivenOption(AgentOption.Find(flag.Name)!, flag.Value, "--" + flag.Name)));

        var options = new AgentOptions();
        foreach (var item in given) // weakest source first: a later one replaces
            options = Apply(options, item);
        options = OptionChecks.Complete(options, given);
        warnings.AddRange(OptionChecks.Warnings(options));
        return new(options, warnings);
    }

    private static AgentOptions Apply(AgentOptions options, GivenOption given)
    {
        try
        {
            return given.Option.Apply(options, given.Value);
        }
        catch (OptionException e)
        {
            throw new OptionException($"{given.Where} '{Secrets.Redact(given.Value)}': {e.Message}");
        }
    }

    private static List<GivenOption> FromEnvironment(IReadOnlyDictionary<string, string> environment, List<string> warnings)
    {
        var given = new List<GivenOption>();
        foreach (var (name, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(AgentOption.EnvironmentPrefix, StringComparison.Ordinal) || name == ConfigVariable) continue;
            if (AgentOption.All.FirstOrDefault(option => option.EnvironmentVariable == name) is not { } option)
                warnings.Add($"environment variable {name} is not an option and is ignored{Spelling.Suggest(name, AgentOption.All.Select(known => known.EnvironmentVariable))}");
            else if (option.Name == AgentOption.Settings)
                given.AddRange(value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(part => new GivenOption(option, part, $"environment {name}")));
            else
                given.Add(new(option, value, $"environment {name}"));
        }
        return given;
    }
}

/// <param name="Where">Names the source in messages: a flag, an environment variable, a key of a file.</param>
public readonly record struct GivenOption(AgentOption Option, string Value, string Where);

/// <param name="Warnings">One line each, for the operator's eyes.</param>
public sealed record LoadedOptions(AgentOptions Options, IReadOnlyList<string> Warnings);
