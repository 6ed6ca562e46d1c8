namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>The system's time, which tests can make jump ahead.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shiftTicks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _shiftTicks));

    public override long GetTimestamp() => System.GetTimestamp() + (long)(TimeSpan.FromTicks(Interlocked.Read(ref _shiftTicks)).TotalSeconds * System.TimestampFrequency);

    public void Jump(TimeSpan by) => Interlocked.Add(ref _shiftTicks, by.Ticks);
}
