using DisklessKafka.TestKit.Checking;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Compatibility.Tests.Kill;

internal static class HistoryReport
{
    private const int ShownViolations = 20;

    /// <summary>Fails the test when a promise was broken, or when too little happened to prove anything.</summary>
    public static void Verify(DeliveryHistory history, int least, ITestOutputHelper output)
    {
        var acknowledged = history.Sent.Count(record => record.Outcome == SendOutcome.Acknowledged);
        output.WriteLine($"{history.Sent.Count} sent, {acknowledged} acknowledged, {history.FinalRead.Count} read, {history.EarlierReads.Count} read earlier");
        Assert.True(acknowledged > least, $"only {acknowledged} records were acknowledged: that proves nothing");
        Assert.True(history.EarlierReads.Count > least, $"only {history.EarlierReads.Count} records were read on the way: that proves nothing");
        var violations = DeliveryChecker.Check(history);
        Assert.True(violations.Count == 0, $"{violations.Count} violations, the first:\n{string.Join('\n', violations.Take(ShownViolations))}");
    }
}
