namespace DisklessKafka.Checking.Operations;

/// <summary>Something a client did, from when to when by the one clock of the history.</summary>
public abstract class Operation
{
    /// <summary>The time of what has not happened.</summary>
    public const long Never = long.MaxValue;

    /// <summary>One life of one client: a client that starts anew, with a new producer id or position, is another one.</summary>
    public required int Client { get; init; }

    public required long Invoked { get; init; }

    public long Completed { get; set; } = Never;

    public Outcome Outcome { get; set; }

    /// <summary>It was refused for certain.</summary>
    public bool IsRefused => Outcome == Outcome.Failed;

    public bool IsAcknowledged => Outcome == Outcome.Succeeded;

    public void Complete(Outcome outcome, long at) => (Outcome, Completed) = (outcome, at);

    protected abstract string Describe();

    public sealed override string ToString() =>
        $"[{Invoked}..{(Completed == Never ? "" : Completed.ToString(System.Globalization.CultureInfo.InvariantCulture))}] client {Client} {Describe()}: {Outcome}";
}
