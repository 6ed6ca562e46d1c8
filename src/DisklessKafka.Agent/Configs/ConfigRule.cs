using System.Globalization;

namespace DisklessKafka.Agent.Configs;

/// <summary>Which values of a setting's type are allowed. <see cref="Description"/> completes the sentence "must be …".</summary>
public sealed class ConfigRule
{
    private readonly Func<string, bool> _accepts;

    private ConfigRule(string description, Func<string, bool> accepts)
    {
        Description = description;
        _accepts = accepts;
    }

    public static readonly ConfigRule Any = new("any value", static _ => true);

    public string Description { get; }

    /// <param name="value">Already known to parse as the setting's type.</param>
    public bool Accepts(string value) => _accepts(value);

    public static ConfigRule AtLeast(long minimum) =>
        new($"at least {minimum}", value => Number(value) >= minimum);

    public static ConfigRule Between(double minimum, double maximum) =>
        new(string.Create(CultureInfo.InvariantCulture, $"between {minimum} and {maximum}"), value => Number(value) >= minimum && Number(value) <= maximum);

    public static ConfigRule OneOf(params string[] allowed) =>
        new("one of " + string.Join(", ", allowed), value => allowed.Contains(value, StringComparer.Ordinal));

    /// <summary>A list without duplicates, each element one of <paramref name="allowed"/>; the empty list is allowed, as in Kafka since 4.2.</summary>
    public static ConfigRule ListOf(params string[] allowed) =>
        new("a list of " + string.Join(", ", allowed) + ", each at most once", value =>
        {
            var parts = ConfigKey.Split(value);
            return parts.Distinct(StringComparer.Ordinal).Count() == parts.Count && parts.All(part => allowed.Contains(part, StringComparer.Ordinal));
        });

    /// <summary>The one value that a diskless broker can honour; <paramref name="reason"/> is told to who asks for another.</summary>
    public static ConfigRule Only(string allowed, string reason) =>
        new($"'{allowed}': {reason}", value => string.Equals(value, allowed, StringComparison.OrdinalIgnoreCase));

    /// <summary>gzip's levels: -1 (its default) or 1 to 9.</summary>
    public static readonly ConfigRule GzipLevel = new("-1 or between 1 and 9", value => Number(value) is -1 or (>= 1 and <= 9));

    /// <summary>Replicas that replication throttling applies to: "*", nothing, or PARTITION:BROKER pairs.</summary>
    public static readonly ConfigRule ThrottledReplicas = new("*, empty, or a list of PARTITION:BROKER", value =>
        value.Trim() is "*" or "" || ConfigKey.Split(value).All(static pair =>
            pair.Split(':') is [var partition, var broker] && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && int.TryParse(broker, NumberStyles.None, CultureInfo.InvariantCulture, out _)));

    private static double Number(string value) => double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);
}
