namespace DisklessKafka.Agent.Options;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
public static class Spelling
{
    /// <returns>"; did you mean X?" or nothing.</returns>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        var (best, distance) = known.Select(candidate => (candidate, Distance(name, candidate))).DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return distance <= Math.Max(2, name.Length / 4) ? $"; did you mean {best}?" : "";
    }

    /// <summary>Levenshtein's: letters to insert, delete or replace.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 0; i < from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < to.Length; j++)
            {
                var replaced = diagonal + (from[i] == to[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }
        return row[^1];
    }
}
