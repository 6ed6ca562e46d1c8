namespace DisklessKafka.Agent.Connections;

/// <summary>Lets one line a second through, so that a client that misbehaves a thousand times a second cannot fill the disk with it.</summary>
internal sealed class LogGate(TimeProvider time)
{
    private long _nextAt = long.MinValue;
    private int _suppressed;

    /// <param name="suppressed">Lines that were held back since the last one.</param>
    public bool TryPass(out int suppressed)
    {
        var now = time.GetTimestamp();
        var nextAt = Volatile.Read(ref _nextAt);
        if (now < nextAt || Interlocked.CompareExchange(ref _nextAt, now + time.TimestampFrequency, nextAt) != nextAt)
        {
            Interlocked.Increment(ref _suppressed);
            suppressed = 0;
            return false;
        }

        suppressed = Interlocked.Exchange(ref _suppressed, 0);
        return true;
    }
}
