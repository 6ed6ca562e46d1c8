using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DisklessKafka.Cli.Admin;

/// <summary>A topic or some of its partitions, as people write it: <c>orders</c>, <c>orders:0,3</c>.</summary>
/// <param name="Partitions">Null: all there are.</param>
internal sealed record PartitionSelection(string Topic, IReadOnlyList<int>? Partitions)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out PartitionSelection? selection)
    {
        selection = null;
        var colon = text.IndexOf(':', StringComparison.Ordinal); // none is allowed in a topic's name
        if (colon < 0)
        {
            if (text.Length > 0) selection = new(text, null);
            return selection is not null;
        }

        var partitions = new List<int>();
        foreach (var number in text[(colon + 1)..].Split(','))
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)) partitions.Add(partition);
            else return false;
        if (colon > 0) selection = new(text[..colon], [.. partitions.Distinct().Order()]);
        return selection is not null;
    }
}
