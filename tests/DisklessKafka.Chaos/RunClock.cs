namespace DisklessKafka.Chaos;

/// <summary>The one clock of a run: microseconds since its start.</summary>
internal sealed class RunClock
{
    private readonly long _started = TimeProvider.System.GetTimestamp();

    public long Now => (long)TimeProvider.System.GetElapsedTime(_started).TotalMicroseconds;

    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_started);

    public static TimeSpan ToTime(long moment) => TimeSpan.FromMicroseconds(moment);
}
