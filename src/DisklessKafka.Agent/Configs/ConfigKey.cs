using System.Globalization;

namespace DisklessKafka.Agent.Configs;

/// <summary>One setting of a topic or a broker: what it is called, which values it takes, what it does here.</summary>
/// <param name="Default">Canonical text of the default; null where Kafka has none.</param>
/// <param name="Documentation">Given to clients that ask for it; ends with what a diskless broker does with the setting.</param>
public sealed record ConfigKey(string Name, ConfigType Type, string? Default, ConfigRule Rule, ConfigEffect Effect, string Documentation)
{
    /// <summary>Broker settings that give this topic setting its default, first one first. Empty for broker settings and topic settings without.</summary>
    public IReadOnlyList<ConfigSynonym> Synonyms { get; init; } = [];

    /// <summary>Clients cannot alter it.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The agent's operator can set it with <c>--set</c>; otherwise it follows from other options or is fixed.</summary>
    public bool IsSettable { get; init; }

    public bool IsSensitive => Type == ConfigType.Password;

    /// <summary>Documentation plus what the setting does here, in one text.</summary>
    public string FullDocumentation => Effect switch
    {
        ConfigEffect.Honoured => Documentation,
        ConfigEffect.NoEffect => Documentation + " Has no effect on a diskless broker: it is stored and reported only.",
        ConfigEffect.NotYet => Documentation + " Stored and reported; this version does not act on it yet.",
        _ => throw new InvalidOperationException($"unknown effect {Effect}"),
    };

    /// <returns>Null if the value is fine, else a sentence for the client.</returns>
    public string? Validate(string value)
    {
        if (!Parses(value)) return $"Invalid value {Shown(value)} for configuration {Name}: Not a value of type {TypeName}.";
        return Rule.Accepts(Canonical(value)) ? null : $"Invalid value {Shown(value)} for configuration {Name}: Value must be {Rule.Description}.";
    }

    /// <summary>The value as Kafka would print it back: trimmed, list elements without blanks, booleans in lower case.</summary>
    public string Canonical(string value) => Type switch
    {
        ConfigType.List => string.Join(",", Split(value)),
        ConfigType.Boolean => value.Trim().ToLowerInvariant(),
        ConfigType.Password => value,
        _ => value.Trim(),
    };

    public string TypeName => Type.ToString().ToUpperInvariant();

    internal static List<string> Split(string value) =>
        [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private string Shown(string value) => IsSensitive ? "[hidden]" : value;

    private bool Parses(string value)
    {
        var text = value.Trim();
        return Type switch
        {
            ConfigType.Boolean => bool.TryParse(text, out _),
            ConfigType.Int => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            ConfigType.Short => short.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            ConfigType.Long => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            ConfigType.Double => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number),
            _ => true,
        };
    }
}

/// <summary>A broker setting that stands for a topic setting, in its own unit.</summary>
/// <param name="Factor">Milliseconds in the synonym's unit: 3,600,000 for hours; 1 where both have the same unit.</param>
public readonly record struct ConfigSynonym(string Name, long Factor = 1)
{
    /// <summary>The synonym's value in the topic setting's unit; saturates instead of overflowing, and keeps Kafka's "-1 = no limit".</summary>
    public string ToTopicValue(string value)
    {
        if (Factor == 1) return value;
        var number = long.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (number < 0) return "-1";
        var product = number > long.MaxValue / Factor ? long.MaxValue : number * Factor;
        return product.ToString(CultureInfo.InvariantCulture);
    }
}
