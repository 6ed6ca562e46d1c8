using DisklessKafka.Checking;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Compatibility.Tests.Kill;

internal static class HistoryReport
{
    private const int ShownAnomalies = 20;

    /// <summary>Fails the test when a promise was broken, or when too little happened to prove anything.</summary>
    public static void Verify((History History, Contents Contents) run, int least, ITestOutputHelper output)
    {
        var acknowledged = run.History.Sends.Count(send => send.IsAcknowledged);
        output.WriteLine($"{run.History.Sends.Count} sent, {acknowledged} acknowledged, {run.Contents.Partitions.Sum(partition => partition.Entries.Count)} there, {run.History.Polls.Count} read on the way");
        Assert.True(acknowledged > least, $"only {acknowledged} records were acknowledged: that proves nothing");
        Assert.True(run.History.Polls.Count > least, $"only {run.History.Polls.Count} records were read on the way: that proves nothing");
        var anomalies = HistoryChecker.Check(run.History, run.Contents);
        Assert.True(anomalies.Count == 0, $"{anomalies.Count} anomalies, the first:\n{string.Join('\n', anomalies.Take(ShownAnomalies))}");
    }
}
