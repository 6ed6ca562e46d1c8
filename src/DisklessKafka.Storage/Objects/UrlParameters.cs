using System.Globalization;

namespace DisklessKafka.Storage.Objects;

/// <summary>The part of an object store's URL behind the question mark. Messages never quote a secret.</summary>
internal sealed class UrlParameters
{
    private const string Secret = "secretKey";

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <exception cref="FormatException">A name is unknown, missing or given twice.</exception>
    public static UrlParameters Parse(string kind, string query, params ReadOnlySpan<string> known)
    {
        var parameters = new UrlParameters();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = pair.Split('=')[0];
            if (!known.Contains(name))
                throw new FormatException($"{kind} knows no parameter '{name}'; it knows {string.Join(", ", known)}");
            if (pair.Length <= name.Length + 1)
                throw new FormatException($"the parameter '{name}' needs a value, as in {name}=…");
            if (!parameters._values.TryAdd(name, Uri.UnescapeDataString(pair[(name.Length + 1)..])))
                throw new FormatException($"the parameter '{name}' is given twice");
        }

        return parameters;
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int? Number(string name, int max)
    {
        if (Text(name) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max
            ? number
            : throw new FormatException($"{name}={text} is not a whole number from 0 to {max}");
    }

    public bool? YesOrNo(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var other => throw new FormatException($"{name}={other} must be {name}=true or {name}=false"),
    };

    /// <summary>As in a URL, without the secret's value.</summary>
    public override string ToString() => _values.Count == 0 ? "" : "?" + string.Join('&', _values.Select(pair =>
        $"{pair.Key}={(pair.Key == Secret ? "***" : pair.Value)}"));
}
