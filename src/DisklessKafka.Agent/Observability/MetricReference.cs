using System.Text;

namespace DisklessKafka.Agent.Observability;

/// <summary>Writes the reference page of metrics from the instruments that an exporter has seen, so that the page cannot lie.</summary>
public static class MetricReference
{
    public static string Page(PrometheusExporter exporter)
    {
        var page = new StringBuilder();
        page.Append("# Metrics\n\n")
            .Append("Served as Prometheus text at `http://HOST:PORT/metrics` (option `http`). Times are in seconds, sizes in bytes. ")
            .Append("A metric appears once its first value was measured.\n\n")
            .Append("This page is generated from the instruments that agents create; a test compares the two.\n\n")
            .Append("| metric | type | meaning | buckets |\n| --- | --- | --- | --- |\n");
        foreach (var family in exporter.Families())
            page.Append($"| `{family.Name}` | {family.TypeName} | {family.Instrument.Description} | {string.Join(", ", family.Bounds.Select(PrometheusNames.Number))} |\n");
        return page.ToString();
    }
}
