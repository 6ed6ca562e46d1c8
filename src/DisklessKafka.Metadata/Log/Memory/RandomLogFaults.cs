namespace DisklessKafka.Metadata.Log.Memory;

/// <summary>Faults drawn from a seeded <see cref="Random"/>, so that a run can be had again from its seed.</summary>
public sealed class RandomLogFaults(Random random) : ILogFaults
{
    /// <summary>Share of calls that fail without effect, 0 to 1.</summary>
    public double FailureRate { get; init; }

    /// <summary>Share of calls whose outcome the caller does not learn, 0 to 1; half of them took effect.</summary>
    public double DoubtRate { get; init; }

    /// <summary>Share of appends that stay unreadable for up to <see cref="MaxDelay"/> after they were acknowledged, 0 to 1.</summary>
    public double HiddenRate { get; init; }

    /// <summary>Delays before and after the effect are spread evenly up to this.</summary>
    public TimeSpan MaxDelay { get; init; }

    public LogFault Next(LogCall call)
    {
        var draw = random.NextDouble();
        var outcome = draw < FailureRate ? LogOutcome.Failure
            : draw >= FailureRate + DoubtRate ? LogOutcome.Success
            : random.Next(2) == 0 ? LogOutcome.AnswerLost : LogOutcome.RequestLost;
        var hidden = call == LogCall.Append && random.NextDouble() < HiddenRate ? Delay() : TimeSpan.Zero;
        return new LogFault(outcome, Delay(), Delay(), hidden);
    }

    private TimeSpan Delay() => MaxDelay == TimeSpan.Zero ? TimeSpan.Zero : MaxDelay * random.NextDouble();
}
