using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Chaos.Figures;

/// <summary>One acknowledged write, with who made it.</summary>
internal readonly record struct Write(ClientFacts Client, int ClientId, long Value, long Invoked, long Acknowledged)
{
    public TimeSpan Latency => RunClock.ToTime(Acknowledged - Invoked);

    public bool IsPinned => Client.Kind == ClientKind.PinnedProducer;

    /// <summary>Its client sends all the time.</summary>
    public bool IsSteady => Client.Kind is ClientKind.IdempotentProducer or ClientKind.PlainProducer or ClientKind.PinnedProducer;

    /// <summary>Acknowledged writes by the time they were.</summary>
    public static Write[] Of(RunRecord run) =>
        [.. run.History.Sends.Where(send => send.IsAcknowledged).OrderBy(send => send.Completed).Select(send => Of(run, send))];

    private static Write Of(RunRecord run, Send send) => new(run.Clients[send.Client], send.Client, send.Value, send.Invoked, send.Completed);
}
