using DisklessKafka.Chaos.Faults;
using DisklessKafka.Chaos.Figures;

namespace DisklessKafka.Chaos.Report;

/// <summary>What happened in a run, and answers to what reviewers of such systems ask.</summary>
internal static class ChaosReport
{
    private const int ShownAnomalies = 50;

    public static Document Of(RunResult result)
    {
        var figures = new RunFigures(result.Run);
        var document = new Document($"{result.Title}: {Verdict(result)}");
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

    private static string Verdict(RunResult result) => result.IsClean ? "no anomaly" : $"{result.Anomalies.Count} anomalies, {result.Run.Failures.Count} failures";

    private static void Summarize(Document document, RunResult result, RunFigures figures)
    {
        var history = result.Run.History;
        document.Say($"{result.Cluster}. Clients: {string.Join(", ", result.Run.Clients.Values.GroupBy(client => client.Kind).OrderBy(group => group.Key).Select(group => $"{group.Count()} {group.Key}"))}; those of librdkafka at its default settings.");
        document.Show(["what", "how much"],
        [
            ["time", $"{result.Run.Clock.Elapsed.TotalSeconds:0} s"],
            ["faults", $"{result.Run.Faults.Count}"],
            ["records sent / acknowledged / there in the end", $"{history.Sends.Count} / {figures.Writes.Length} / {result.Contents.Partitions.Sum(partition => partition.Entries.Count)}"],
            ["records read on the way", $"{history.Polls.Sum(poll => (long)poll.Records.Count)}"],
            ["offsets asked for", $"{history.Watermarks.Count}"],
            ["transactions, offset commits, assignments", $"{history.Transactions.Count}, {history.OffsetCommits.Count}, {history.Assignments.Count}"],
            ["anomalies", $"{result.Anomalies.Count}"],
            ["what a client must never be told", $"{result.Run.Failures.Count}"],
        ]);
        if (result.IsClean)
            return;
        document.Section("Anomalies");
        document.Quote(string.Join('\n', result.Run.Failures.Concat(result.Anomalies.Select(anomaly => anomaly.ToString())).Take(ShownAnomalies)));
    }

    private static void AnswerForFaults(Document document, RunFigures figures)
    {
        document.Section("What accepts a write before it is acknowledged?");
        document.Say("The object store, which holds its bytes durably, and then the metadata log, which holds its entry durably; in this order, and both before the answer. No agent's memory or disk is part of it.");

        document.Section("How long does it take to restore write capacity?");
        document.Say("Longest wait: of any record of a client that goes where the cluster leads it, sent during the fault or half a second before. Resumed: from when the fault was healed (an agent is ready, a server accepts connections, a network passes everything) until the last of all clients had a write acknowledged. Middle and longest over all faults of a kind.");
        document.Show(["fault", "times", "longest wait, middle", "longest", "resumed after, middle", "longest"], figures.EffectsByKind.Select(Capacity));

        document.Section("How long do readers take to settle?");
        document.Say("From when the fault was healed until tailing readers had seen all that was acknowledged during the fault; 0 if they never were more than a second late.");
        document.Show(["fault", "settled after, middle", "longest"], figures.EffectsByKind.Select(group => (string[])[$"{group.Key}", .. MiddleAndLongest(group.Select(effect => effect.SettledAfter))]));

        document.Section("What does it do to others?");
        document.Say($"Latency of clients pinned to agents that the fault did not hit, against the same clients without faults and peaks (p50 {Ms(figures.PinnedAtRest.P50)}, p99 {Ms(figures.PinnedAtRest.P99)}).");
        document.Show(["fault", "writes", "p50", "p99", "p99 against rest"], figures.EffectsByKind.Where(group => group.Any(effect => effect.Others is { Count: > 0 })).Select(group => Others(group, figures)));
    }

    private static void AnswerForLoad(Document document, RunResult result, RunFigures figures)
    {
        document.Section("When could producers not write?");
        document.Say("Times in which a producer had nothing acknowledged for more than a second though it was sending; times that overlap count as one.");
        document.Show(["at", "for", "producers"], figures.Outages.Select(outage => (string[])[$"{RunClock.ToTime(outage.From).TotalSeconds:0.0} s", Ms(outage.Lasted), $"{outage.Clients}"]));

        document.Section("How long does a produce take?");
        document.Show(["phase", "writes", "p50", "p95", "p99", "longest"], figures.LatencyByPhase.Select(item => (string[])[$"{item.Key}", $"{item.Value.Count}", Ms(item.Value.P50), Ms(item.Value.P95), Ms(item.Value.P99), Ms(item.Value.Longest)]));
        document.Say($"Failure: from a fault's beginning until {Phases.Aftermath.TotalSeconds:0} s after it was healed. Replay: while a reader reads everything from the beginning.");

        if (result.Run.StoreRequests.IsEmpty)
            return;
        document.Section("What is asked of the object store?");
        document.Show(["operation", "requests/s at rest", "requests/s in failure and recovery", "refused or lost"], figures.StoreRequests().Select(item => (string[])[item.Operation, $"{item.AtRest:0.0}", $"{item.InFailure:0.0}", $"{item.Refused}"]));
    }

    private static void ListFaults(Document document, RunFigures figures)
    {
        document.Section("All faults");
        document.Show(["at", "for", "fault", "target", "longest wait", "resumed after", "settled after"], figures.Effects.Select(effect => (string[])
        [
            $"{RunClock.ToTime(effect.Fault.Began).TotalSeconds:0.0} s",
            $"{RunClock.ToTime(effect.Fault.Healed - effect.Fault.Began).TotalSeconds:0.0} s",
            $"{effect.Fault.Kind}",
            effect.Fault.Target,
            Ms(effect.LongestLed),
            effect.ResumedAfter is { } resumed ? Ms(resumed) : "–",
            Ms(effect.SettledAfter),
        ]));
    }

    private static string[] Capacity(IGrouping<FaultKind, FaultEffect> group) =>
        [$"{group.Key}", $"{group.Count()}", .. MiddleAndLongest(group.Select(effect => effect.LongestLed)), .. MiddleAndLongest(group.Select(effect => effect.ResumedAfter).OfType<TimeSpan>())];

    private static string[] Others(IGrouping<FaultKind, FaultEffect> group, RunFigures figures)
    {
        var others = Quantiles.Of(group.SelectMany(effect => figures.Writes.Where(write => IsOther(write, effect.Fault))).Select(write => write.Latency));
        return [$"{group.Key}", $"{others.Count}", Ms(others.P50), Ms(others.P99), figures.PinnedAtRest.P99 > TimeSpan.Zero ? $"{others.P99 / figures.PinnedAtRest.P99:0.00}×" : "–"];
    }

    private static bool IsOther(Write write, FaultRecord fault) =>
        !fault.HitsAll && write.IsPinned && write.Invoked >= fault.Began && write.Invoked <= fault.Healed && !fault.Agents.Contains(write.Client.Agent!.Value);

    private static string[] MiddleAndLongest(IEnumerable<TimeSpan> times) => Quantiles.Of(times) is { Count: > 0 } quantiles ? [Ms(quantiles.P50), Ms(quantiles.Longest)] : ["–", "–"];

    private static string Ms(TimeSpan time) => $"{time.TotalMilliseconds:0} ms";
}
