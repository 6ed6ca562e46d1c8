using DisklessKafka.Chaos.Faults;
using DisklessKafka.Chaos.Figures;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Report;

/// <summary>What happened in a run, and answers to what reviewers of such systems ask.</summary>
internal static class ChaosReport
{
    private static readonly Verdict[] Ends = [Verdict.Committed, Verdict.Aborted, Verdict.Unknown];
    private const int ShownAnomalies = 50, ShownComplaints = 15;

    public static Document Of(RunResult result)
    {
        var figures = new RunFigures(result.Run);
        var document = new Document($"{result.Title}: {JudgementOf(result)}");
        Summarize(document, result, figures);
        foreach (var plot in RunPlots.Of(figures))
            document.Plot(plot);
        if (result.ControlsProcesses)
            AnswerForFaults(document, figures);
        AnswerForLoad(document, result, figures);
        if (result.ControlsProcesses)
            ListFaults(document, figures);
        return document;
    }

    private static string JudgementOf(RunResult result) => result.IsClean ? "no anomaly" : $"{result.Anomalies.Count} anomalies, {result.Run.Failures.Count} failures";

    private static void Summarize(Document document, RunResult result, RunFigures figures)
    {
        var history = result.Run.History;
        document.Say($"{result.Cluster}. Clients: {string.Join(", ", result.Run.Clients.Values.GroupBy(client => client.Kind).OrderBy(group => group.Key).Select(group => Words.Of(group.Key, group.Count())))}; those of librdkafka at its default settings, but where that would hang (docs/reliability.md).");
        document.Show(["what", "how much"],
        [
            ["time", $"{figures.Duration.TotalSeconds:0} s"],
            ["faults", $"{result.Run.Faults.Count}"],
            ["records sent / acknowledged / there in the end", $"{history.Sends.Count} / {figures.Writes.Length} / {result.Contents.Partitions.Sum(partition => partition.Entries.Count)}"],
            ["records read on the way", $"{history.Polls.Sum(poll => (long)poll.Records.Count)}"],
            ["offsets asked for", $"{history.Watermarks.Count}"],
            ["transactions committed / aborted / left open", string.Join(" / ", Ends.Select(verdict => history.Transactions.Count(transaction => transaction.Verdict == verdict)))],
            ["offset commits / assignments in groups / their generations", $"{history.OffsetCommits.Count} / {history.Assignments.Count} / {history.Assignments.DistinctBy(assignment => (assignment.Group, assignment.Generation)).Count()}"],
            ["anomalies", $"{result.Anomalies.Count}"],
            ["failures: what must never happen to a client", $"{result.Run.Failures.Count}"],
        ]);
        if (result.IsClean)
            return;
        document.Section("Anomalies");
        document.Quote(string.Join('\n', result.Run.Failures.Concat(result.Anomalies.Select(anomaly => anomaly.ToString())).Take(ShownAnomalies)));
        document.Show(["client", "is"], result.Anomalies.Take(ShownAnomalies).SelectMany(anomaly => anomaly.Operations).Select(operation => operation.Client).Distinct().Order().Select(client => (string[])[$"{client}", result.Run.Clients[client].Name]));
    }

    private static void AnswerForFaults(Document document, RunFigures figures)
    {
        document.Section("What accepts a write before it is acknowledged?");
        document.Say("The object store, which holds its bytes durably, and then the metadata log, which holds its entry durably; in this order, and both before the answer. No agent's memory or disk is part of it.");

        document.Section("How long does it take to restore write capacity?");
        document.Say("Longest wait: of any record of a client that goes where the cluster leads it, sent during the fault or half a second before. Resumed: from when the fault was healed (an agent is ready, a server accepts connections, a network passes everything) until the last of the clients that write all the time had a write acknowledged; not counted where another fault came between. Middle and longest over all faults of a kind.");
        document.Show(["fault", "times", "longest wait, middle", "longest", "resumed after, middle", "longest"], figures.EffectsByKind.Select(Capacity));

        document.Section("How long do readers take to settle?");
        document.Say("From when the fault was healed until tailing readers had seen all that was acknowledged during the fault; 0 if they never were more than a second late.");
        document.Show(["fault", "settled after, middle", "longest"], figures.EffectsByKind.Select(group => (string[])[Words.Of(group.Key), .. MiddleAndLongest(group.Select(effect => effect.SettledAfter))]));

        var others = figures.EffectsByKind.Select(group => (Kind: group.Key, Latency: Quantiles.Of(group.SelectMany(effect => effect.Others)))).Where(item => item.Latency.Count > 0).ToArray();
        if (others.Length == 0)
            return;
        document.Section("What does it do to others?");
        document.Say($"Latency of clients pinned to agents that neither this fault nor another one hit, against all pinned clients without faults and peaks (p50 {Words.Of(figures.PinnedAtRest.P50)}, p99 {Words.Of(figures.PinnedAtRest.P99)}).");
        document.Show(["fault", "writes", "p50", "p99", "p99 against rest"], others.Select(item => Others(item.Kind, item.Latency, figures.PinnedAtRest)));
    }

    private static void AnswerForLoad(Document document, RunResult result, RunFigures figures)
    {
        document.Section("When could producers not write?");
        if (figures.Outages.Count == 0)
        {
            document.Say("Never for longer than a second.");
        }
        else
        {
            document.Say("Times in which a producer that goes where the cluster leads it waited for more than a second and had nothing acknowledged; times that overlap count as one.");
            document.Show(["at", "for", "producers"], figures.Outages.Select(outage => (string[])[Seconds(outage.From), Words.Of(outage.Lasted), $"{outage.Clients}"]));
        }

        document.Section("How long does a produce take?");
        document.Show(["phase", "writes", "p50", "p95", "p99", "longest"], figures.LatencyByPhase.Select(item => Latencies(item.Key, item.Value)));
        if (result.ControlsProcesses)
            document.Say($"Failure: what was under way between a fault's beginning and {Phases.Aftermath.TotalSeconds:0} s after it was healed.");

        document.Section("What did clients complain of?");
        document.Show(["times", "complaint"], result.Run.Errors.GroupBy(error => Words.WithoutNumbers(error.Text)).OrderByDescending(group => group.Count()).Take(ShownComplaints).Select(group => (string[])[$"{group.Count()}", group.Key]));

        if (result.Run.StoreRequests.IsEmpty)
            return;
        document.Section("What is asked of the object store?");
        document.Show(["operation", "requests/s at rest", "requests/s in failure and recovery", "refused or lost"], figures.StoreRequests().Select(item => (string[])[item.Operation, $"{item.AtRest:0.0}", $"{item.InFailure:0.0}", $"{item.Refused}"]));
    }

    private static void ListFaults(Document document, RunFigures figures)
    {
        document.Section("All faults");
        document.Show(["", "at", "for", "fault", "target", "longest wait", "resumed after", "settled after"], figures.Effects.Select((effect, index) => (string[])
        [
            $"{index + 1}",
            Seconds(effect.Fault.Began),
            Seconds(effect.Fault.Healed - effect.Fault.Began),
            Words.Of(effect.Fault.Kind),
            effect.Fault.Target,
            Words.Of(effect.LongestLed),
            effect.ResumedAfter is { } resumed ? Words.Of(resumed) : "–",
            Words.Of(effect.SettledAfter),
        ]));
    }

    private static string[] Capacity(IGrouping<FaultKind, FaultEffect> group) =>
        [Words.Of(group.Key), $"{group.Count()}", .. MiddleAndLongest(group.Select(effect => effect.LongestLed)), .. MiddleAndLongest(group.Select(effect => effect.ResumedAfter).OfType<TimeSpan>())];

    private static string[] Others(FaultKind kind, Quantiles others, Quantiles atRest) =>
        [Words.Of(kind), $"{others.Count}", Words.Of(others.P50), Words.Of(others.P99), atRest.P99 > TimeSpan.Zero ? $"{others.P99 / atRest.P99:0.00}×" : "–"];

    private static string[] Latencies(Phase phase, Quantiles writes) =>
        [Words.Of(phase), $"{writes.Count}", .. writes.Count == 0 ? ["–", "–", "–", "–"] : (string[])[Words.Of(writes.P50), Words.Of(writes.P95), Words.Of(writes.P99), Words.Of(writes.Longest)]];

    private static string[] MiddleAndLongest(IEnumerable<TimeSpan> times) => Quantiles.Of(times) is { Count: > 0 } quantiles ? [Words.Of(quantiles.P50), Words.Of(quantiles.Longest)] : ["–", "–"];

    private static string Seconds(long moment) => $"{RunClock.ToTime(moment).TotalSeconds:0.0} s";
}
