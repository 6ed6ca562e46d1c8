using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Groups;

/// <summary>
/// The topics that members' expressions match. The engine takes time in proportion to the text whatever the expression
/// (RE2's promise, which Kafka relies on too). Each expression is looked up once for each version of the topics; at most
/// a thousand are remembered.
/// </summary>
public sealed class TopicPatterns
{
    private const int MaxRemembered = 1_000;
    private const int MaxLength = 10_000;

    private readonly ConcurrentDictionary<string, Matches> _known = new(StringComparer.Ordinal);

    /// <returns>Null if it is fine, else a sentence for the client.</returns>
    public static string? Validate(string expression)
    {
        try
        {
            if (expression.Length > MaxLength) return $"SubscribedTopicRegex is longer than {MaxLength} characters.";
            _ = Compile(expression);
            return null;
        }
        catch (Exception refused) when (refused is ArgumentException or NotSupportedException)
        {
            return $"SubscribedTopicRegex `{expression}` is not a valid regular expression: {refused.Message}";
        }
    }

    /// <returns>Names of topics that the whole expression matches, in ordinal order.</returns>
    internal IReadOnlyList<string> Find(string expression, TopicDirectory topics)
    {
        if (_known.TryGetValue(expression, out var known) && ReferenceEquals(known.Topics, topics)) return known.Names;
        if (_known.Count >= MaxRemembered) _known.Clear();
        var regex = known?.Regex ?? Compile(expression);
        var names = new List<string>();
        foreach (var topic in topics.All)
            if (regex.IsMatch(topic.Name.Value))
                names.Add(topic.Name.Value);
        names.Sort(StringComparer.Ordinal);
        _known[expression] = new Matches(regex, topics, names);
        return names;
    }

    private static Regex Compile(string expression) => new($@"\A(?:{expression})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private sealed record Matches(Regex Regex, TopicDirectory Topics, IReadOnlyList<string> Names);
}
