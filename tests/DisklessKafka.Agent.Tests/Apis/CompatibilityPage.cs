using System.Text;
using System.Text.RegularExpressions;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>
/// Writes the page of compatibility: keys and versions from the table of messages and from what an agent advertises, deviations
/// from the summaries of the handlers, which is where whoever changes a handler keeps them. A handler that says nothing of its
/// deviations, and an API that is neither served nor excused, cannot be written down.
/// </summary>
internal static partial class CompatibilityPage
{
    private const string Statement = "Deviations:";

    private const string Introduction = """
        # Compatibility

        Every API that Kafka 4.2 offers to clients, the versions it has there and here, and every known deviation. What is not
        served is not advertised, so clients do without it; its row says why. Wherever a row says nothing else, an agent answers as
        Kafka does.

        What holds for all of them: any agent serves any partition, group and transaction, so NOT_LEADER_OR_FOLLOWER,
        NOT_COORDINATOR and NOT_CONTROLLER are never answered and there are no leader epochs (-1); acks=1 means the same as acks=all.

        This page is generated from the tables and the handlers; a test compares the two.

        | key | API | Kafka 4.2 | served | deviations |
        | --- | --- | --- | --- | --- |

        """;

    /// <param name="advertised">As a running agent tells its clients.</param>
    /// <param name="handlers">The folder with the handlers' sources.</param>
    public static string Write(IReadOnlyList<AdvertisedApi> advertised, string handlers)
    {
        var page = new StringBuilder(Introduction);
        foreach (var api in ApiTable.All)
        {
            var served = advertised.Where(each => each.ApiKey == api.Key).Select(each => Span(each.Versions.Min, each.Versions.Max)).SingleOrDefault();
            var deviations = served is null ? UnservedApis.ReasonFor(api.Key) : DeviationsIn(api.Key, File.ReadLines(Path.Combine(handlers, $"{api.Key}Handler.cs")));
            page.Append($"| {(short)api.Key} | {api.Key} | {Span(api.LowestVersion, api.HighestStableVersion)} | {served ?? "–"} | {deviations} |\n");
        }

        return page.ToString();
    }

    private static string Span(short min, short max) => min == max ? $"{min}" : $"{min}–{max}";

    /// <exception cref="InvalidDataException">The source's summary has no such statement, or an empty one.</exception>
    internal static string DeviationsIn(ApiKey api, IEnumerable<string> source)
    {
        var summary = string.Join(' ', source.TakeWhile(line => !line.Contains(" class ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("///", StringComparison.Ordinal)).Select(line => line[3..].Trim()));
        var at = summary.IndexOf(Statement, StringComparison.Ordinal);
        var text = at < 0 ? "" : summary[(at + Statement.Length)..summary.IndexOf("</summary>", at, StringComparison.Ordinal)].Trim();
        if (text.Length == 0)
            throw new InvalidDataException($"{api}Handler does not say how it differs from Kafka; end its summary with '{Statement} …', or '{Statement} none that a client could see.'");
        return SeeReference().Replace(text, match => match.Groups[1].Value).Replace("|", "\\|", StringComparison.Ordinal);
    }

    [GeneratedRegex("<see cref=\"(?:[A-Za-z]+\\.)*([A-Za-z]+)[^\"]*\"/>")]
    private static partial Regex SeeReference();
}
