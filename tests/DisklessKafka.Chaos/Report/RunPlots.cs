using DisklessKafka.Chaos.Figures;

namespace DisklessKafka.Chaos.Report;

/// <summary>What a run looked like second by second.</summary>
internal static class RunPlots
{
    public static IEnumerable<Plot> Of(RunFigures figures)
    {
        var seconds = (int)figures.Duration.TotalSeconds + 1;
        PlotBand[] bands = figures.Phases.Faults.Count == 0
            ? [.. figures.Outages.Select(outage => new PlotBand(Second(outage.From), Second(outage.To), $"outage of {outage.Clients} producers"))]
            : [.. figures.Phases.Faults.Select((fault, index) => new PlotBand(Second(fault.Began), Second(fault.Healed), $"{Words.Of(fault.Kind)}, {fault.Target}, {RunClock.ToTime(fault.Healed - fault.Began).TotalSeconds:0.0} s", $"{index + 1}"))];
        var latency = figures.Writes.ToLookup(write => (int)Second(write.Acknowledged), write => write.Latency);
        yield return new("produce latency", "ms, by the time of the answer", [Line("p50", seconds, second => Of(latency[second], quantiles => quantiles.P50)), Line("p99", seconds, second => Of(latency[second], quantiles => quantiles.P99))], bands, seconds, IsLogarithmic: true);

        yield return new("acknowledged writes", "records a second", [Line("acknowledged", seconds, second => latency[second].Count())], bands, seconds);

        var complaints = figures.Run.Errors.ToLookup(error => (int)Second(error.At));
        var refused = figures.Run.History.Sends.Where(send => send.IsRefused).ToLookup(send => (int)Second(send.Completed));
        yield return new("errors", "a second", [Line("clients' complaints", seconds, second => complaints[second].Count()), Line("refused records", seconds, second => refused[second].Count())], bands, seconds);

        var sight = figures.Sight.Delays.ToLookup(item => (int)Second(item.At), item => item.Delay);
        yield return new("from acknowledgement to tailing readers", "ms", [Line("p50", seconds, second => Of(sight[second], quantiles => quantiles.P50)), Line("longest", seconds, second => Of(sight[second], quantiles => quantiles.Longest))], bands, seconds);

        if (figures.Run.StoreRequests.IsEmpty)
            yield break;
        var requests = figures.Run.StoreRequests.ToLookup(item => ((int)Second(item.At), item.Request.Operation));
        var failed = figures.Run.StoreRequests.Where(item => item.Request.Status is 0 or >= 500).ToLookup(item => (int)Second(item.At));
        yield return new("object store", "requests a second", [Line("PUT", seconds, second => requests[(second, "PUT")].Count()), Line("GET", seconds, second => requests[(second, "GET")].Count()), Line("failed", seconds, second => failed[second].Count())], bands, seconds);
    }

    private static double Second(long moment) => RunClock.ToTime(moment).TotalSeconds;

    private static PlotLine Line(string name, int seconds, Func<int, double> value) => new(name, [.. Enumerable.Range(0, seconds).Select(value)]);

    private static double Of(IEnumerable<TimeSpan> durations, Func<Quantiles, TimeSpan> choose) =>
        Quantiles.Of(durations) is { Count: > 0 } quantiles ? choose(quantiles).TotalMilliseconds : double.NaN;
}
