namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>
/// A clock that goes on as its timestamps do, whatever the machine's is set to. A circuit breaker ends its pause by the time of day: with
/// a clock that is set back by an hour meanwhile, it would let no call through for that hour.
/// </summary>
internal sealed class SteadyTime(TimeProvider time) : TimeProvider
{
    private readonly long _began = time.GetTimestamp();
    private readonly DateTimeOffset _beganAt = time.GetUtcNow();

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _beganAt + time.GetElapsedTime(_began);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
}
