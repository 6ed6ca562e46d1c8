using System.Text;
using System.Text.RegularExpressions;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>
/// Writes the page of compatibility: keys and versions from the table of messages and from what an agent advertises, deviations
/// from the summaries of the handlers, which is where whoever changes a handler keeps them.
/// </summary>
internal static partial class CompatibilityPage
{
    private const string Introduction = """
        # Compatibility

        Every API that Kafka 4.2 offers to clients, the versions it has there and here, and every known deviation. What is not
        served is not advertised, so clients do without it. Wherever a row says nothing else, an agent answers as Kafka does.

        What holds for all of them: any agent serves any partition, group and transaction, so NOT_LEADER_OR_FOLLOWER,
        NOT_COORDINATOR and NOT_CONTROLLER are never answered and leader epochs stay 0; acks=1 means the same as acks=all.

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
            var served = advertised.Where(each => each.ApiKey == api.Key).Select(each => Span(each.Versions.Min, each.Versions.Max)).FirstOrDefault("–");
            var deviations = served == "–" ? "" : DeviationsOf(Path.Combine(handlers, $"{api.Key}Handler.cs"));
            page.Append($"| {(short)api.Key} | {api.Key} | {Span(api.LowestVersion, api.HighestStableVersion)} | {served} | {deviations} |\n");
        }

        return page.ToString();
    }

    private static string Span(short min, short max) => min == max ? $"{min}" : $"{min}–{max}";

    private static string DeviationsOf(string path)
    {
        var summary = string.Join(' ', File.ReadLines(path).TakeWhile(line => !line.Contains(" class ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("///", StringComparison.Ordinal)).Select(line => line[3..].Trim()));
        var at = summary.IndexOf("Deviations:", StringComparison.Ordinal);
        if (at < 0) return "";
        var end = summary.IndexOf("</summary>", at, StringComparison.Ordinal);
        var text = summary[(at + "Deviations:".Length)..end].Trim();
        return SeeReference().Replace(text, match => match.Groups[1].Value).Replace("|", "\\|", StringComparison.Ordinal);
    }

    [GeneratedRegex("<see cref=\"(?:[A-Za-z]+\\.)*([A-Za-z]+)[^\"]*\"/>")]
    private static partial Regex SeeReference();
}
