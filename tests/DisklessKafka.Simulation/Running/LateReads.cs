using System.Globalization;
using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Storage.Objects.Resilience;

namespace DisklessKafka.Simulation.Running;

/// <summary>
/// When nothing is broken, a reader that already waits when something is written gets it soon, and not when its time is up. Those
/// who read committed records may have to wait for a transaction, so they are left out.
/// </summary>
internal static class LateReads
{
    /// <summary>Replay looks for other agents' entries several times a second, and a segment is read in less.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <summary>After all agents are back: a read of the log that was never answered is given up by then, and sent again.</summary>
    private static readonly TimeSpan Grace = new ResilienceOptions().ReadTimeout + TimeSpan.FromSeconds(2);

    public static IEnumerable<string> Find(History history)
    {
        if (history.Healed is not { } healed) yield break;
        var from = healed + (long)Grace.TotalMicroseconds;
        var sends = history.Sends.Where(send => send.IsAcknowledged).ToDictionary(send => send.Value);
        foreach (var poll in history.Polls.Where(poll => poll.Invoked >= from && !poll.IsReadCommitted && poll.Records.Count > 0))
        {
            if (!sends.TryGetValue(poll.Records[0].Value, out var send) || send.Completed < poll.Invoked) continue;
            var late = TimeSpan.FromMicroseconds(poll.Completed - send.Completed);
            if (late > Limit) yield return string.Create(CultureInfo.InvariantCulture, $"a reader that waited got {send.Value} {late.TotalSeconds:0.0} s after it had been acknowledged: {poll}");
        }
    }
}
