using System.Text;
using DisklessKafka.Chaos.Faults;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Report;

/// <summary>
/// For each anomaly what the clients that it names did around it, what their library said, which faults went on, and how the partition
/// looks there: enough to tell what led to it, for the cluster is gone by then.
/// </summary>
internal static class EvidenceReport
{
    private const long Around = 10_000_000; // microseconds
    private const long OffsetsAround = 8;

    public static string Of(RunResult result)
    {
        var text = new StringBuilder();
        foreach (var anomaly in result.Anomalies.Where(anomaly => anomaly.Operations.Count > 0))
        {
            text.Append("## ").AppendLine(anomaly.ToString());
            text.AppendLine().AppendLine("What is there:");
            foreach (var send in anomaly.Operations.OfType<Send>().Where(send => send.Offset is not null)) Lay(text, result, send);
            text.AppendLine().AppendLine("What went on:");
            foreach (var (_, line) in Lines(result, anomaly).OrderBy(line => line.At)) text.AppendLine(line);
            text.AppendLine();
        }

        return text.ToString();
    }

    private static void Lay(StringBuilder text, RunResult result, Send send)
    {
        foreach (var batch in result.Run.Batches)
            if (batch.Partition == send.Partition && batch.LastOffset >= send.Offset - OffsetsAround && batch.FirstOffset <= send.Offset + OffsetsAround)
                text.AppendLine(batch.ToString());
    }

    private static IEnumerable<(long At, string Text)> Lines(RunResult result, Anomaly anomaly)
    {
        var (from, to) = (anomaly.Operations.Min(operation => operation.Invoked) - Around, anomaly.Operations.Max(operation => operation.Invoked) + Around);
        var clients = anomaly.Operations.Select(operation => operation.Client).ToHashSet();
        foreach (var operation in result.Run.History.Operations)
            if (clients.Contains(operation.Client) && operation.Invoked >= from && operation.Invoked <= to)
                yield return (operation.Invoked, $"{operation}");
        foreach (var (at, client, said) in result.Run.Errors.Concat(result.Run.Logs))
            if (clients.Contains(client) && at >= from && at <= to)
                yield return (at, $"[{at}] client {client} says: {said}");
        foreach (var fault in result.Run.Faults)
            if (fault.Healed >= from && fault.Began <= to)
                yield return (fault.Began, $"[{fault.Began}..{fault.Healed}] FAULT {Words.Of(fault.Kind)}: {fault.Target}");
    }
}
