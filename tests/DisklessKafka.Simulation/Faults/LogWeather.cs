using DisklessKafka.Metadata.Log.Memory;

namespace DisklessKafka.Simulation.Faults;

/// <summary>How the metadata log behaves just now. Fine weather has delays too; only reads take no time at times.</summary>
internal sealed class LogWeather(Random random) : ILogFaults
{
    /// <summary>Share of calls that fail without effect.</summary>
    public double Failures { get; set; }

    /// <summary>Share of calls whose outcome the caller does not learn; half of them took effect.</summary>
    public double Doubts { get; set; }

    /// <summary>Share of appends that stay unreadable for a while after they were acknowledged, as behind an open transaction in Postgres.</summary>
    public double Hidden { get; set; }

    public bool IsDown { get; set; }

    /// <summary>Faults so far.</summary>
    public int Count { get; private set; }

    public LogFault Next(LogCall call)
    {
        if (IsDown) return Fault(new LogFault(LogOutcome.Failure, Before: Between(10, 3_000)));
        var before = call != LogCall.Read ? Between(0.5, 4) : random.Next(4) == 0 ? Between(0.2, 3) : TimeSpan.Zero;
        var draw = random.NextDouble();
        if (draw < Failures) return Fault(new LogFault(LogOutcome.Failure, before));
        if (draw < Failures + Doubts) return Fault(new LogFault(random.Next(2) == 0 ? LogOutcome.AnswerLost : LogOutcome.RequestLost, before, Between(1, 2_000)));
        if (call != LogCall.Append) return new LogFault(Before: before);
        if (random.NextDouble() < Hidden) return Fault(new LogFault(Before: before, After: Between(0.2, 2), Hidden: Between(1, 3_000)));
        return new LogFault(Before: before, After: Between(0.2, 2));
    }

    public void Clear() => (Failures, Doubts, Hidden, IsDown) = (0, 0, 0, false);

    private LogFault Fault(LogFault fault)
    {
        Count++;
        return fault;
    }

    private TimeSpan Between(double fromMs, double toMs) => TimeSpan.FromMilliseconds(fromMs + ((toMs - fromMs) * random.NextDouble()));
}
