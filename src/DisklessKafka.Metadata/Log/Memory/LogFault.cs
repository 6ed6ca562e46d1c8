namespace DisklessKafka.Metadata.Log.Memory;

/// <summary>Which call of a <see cref="MemoryMetadataLog"/> is about to run.</summary>
public enum LogCall { Append, Read, End, Trim }

/// <summary>How a call ends.</summary>
public enum LogOutcome
{
    /// <summary>As it should.</summary>
    Success,
    /// <summary>It fails and has no effect.</summary>
    Failure,
    /// <summary>It has its effect, but the answer is lost (an append ends in <see cref="AppendInDoubtException"/>).</summary>
    AnswerLost,
    /// <summary>It never arrives, and the caller cannot tell (an append ends in <see cref="AppendInDoubtException"/>).</summary>
    RequestLost,
}

/// <summary>What happens to one call.</summary>
/// <param name="Before">Time from the call to its effect: calls made in one order take effect in another.</param>
/// <param name="After">Time from the effect to the answer: effects of one order are answered in another.</param>
/// <param name="Hidden">
/// How long after its effect an entry, and with it every later one, stays unreadable although it is acknowledged,
/// as Postgres does it while an older transaction is open.
/// </param>
public readonly record struct LogFault(
    LogOutcome Outcome = LogOutcome.Success, TimeSpan Before = default, TimeSpan After = default, TimeSpan Hidden = default);

/// <summary>Decides what happens to the calls of a <see cref="MemoryMetadataLog"/>. Called on the caller's thread, one call at a time.</summary>
public interface ILogFaults
{
    LogFault Next(LogCall call);
}
