using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace DisklessKafka.Agent.Transactions;

/// <summary>A client's regular expression over whole names, matched in time linear in the name whatever the expression.</summary>
internal sealed class LinearPattern
{
    /// <summary>Longer than any name there can be, and short enough to compile at once.</summary>
    public const int MaxLength = 1_000;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private readonly Regex _regex;

    private LinearPattern(Regex regex) => _regex = regex;

    /// <returns>False for what is no expression, and for what takes backtracking (back references, looks around).</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out LinearPattern? pattern)
    {
        pattern = null;
        if (text.Length > MaxLength) return false;
        try
        {
            _ = new Regex(text, Options); // by itself first: within brackets of ours an unbalanced one could pass
            pattern = new LinearPattern(new Regex($@"\A(?:{text})\z", Options));
            return true;
        }
        catch (Exception problem) when (problem is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    public bool Matches(string name) => _regex.IsMatch(name);
}
