namespace DisklessKafka.Agent.Connections;

/// <summary>
/// What a connection is waiting for and until when. Its two loops note it here; the sweeper, on one timer for all
/// connections, looks. A deadline read a moment late or early is harmless, a torn one is not: hence the volatile longs.
/// </summary>
internal sealed class ConnectionDeadlines(TimeProvider time, FrontEndOptions options)
{
    private readonly long _openedAt = time.GetTimestamp();
    private long _lastActivityAt = time.GetTimestamp();
    private long _frameStartedAt;
    private long _framePausedAt;
    private long _frameDueAt = long.MaxValue;
    private long _writeDueAt = long.MaxValue;
    private int _inFlight;
    private int _sawRequest;

    /// <summary>There was a request.</summary>
    public bool SawRequest => Volatile.Read(ref _sawRequest) != 0;

    /// <summary>A frame has begun and is not complete.</summary>
    public void BeginFrame() => _frameStartedAt = _framePausedAt = time.GetTimestamp();

    /// <summary>The client must send until the frame has this many bytes.</summary>
    public void AwaitFrame(long bytes)
    {
        _frameStartedAt += time.GetTimestamp() - _framePausedAt; // what passed while we ourselves did not read is not the client's
        Volatile.Write(ref _frameDueAt, DueAt(_frameStartedAt, options.FrameTimeout, bytes));
    }

    /// <summary>Nothing is awaited from the client: the frame is complete, or we are not reading.</summary>
    public void PauseFrame()
    {
        _framePausedAt = time.GetTimestamp();
        Volatile.Write(ref _frameDueAt, long.MaxValue);
    }

    public void BeginWrite(long bytes) => Volatile.Write(ref _writeDueAt, DueAt(time.GetTimestamp(), options.WriteStallTimeout, bytes));

    public void EndWrite() => Volatile.Write(ref _writeDueAt, long.MaxValue);

    public void BeginRequest()
    {
        Interlocked.Increment(ref _inFlight);
        Volatile.Write(ref _sawRequest, 1);
        Volatile.Write(ref _lastActivityAt, time.GetTimestamp());
    }

    public void EndRequest()
    {
        Volatile.Write(ref _lastActivityAt, time.GetTimestamp());
        Interlocked.Decrement(ref _inFlight);
    }

    /// <summary>What is overdue, or <see cref="CloseReason.None"/>.</summary>
    public CloseReason Check()
    {
        var now = time.GetTimestamp();
        if (now > Volatile.Read(ref _writeDueAt)) return CloseReason.WriteStalled;
        if (now > Volatile.Read(ref _frameDueAt)) return CloseReason.SlowFrame;
        if (Volatile.Read(ref _inFlight) > 0) return CloseReason.None;
        if (!SawRequest && time.GetElapsedTime(_openedAt, now) > options.FirstRequestTimeout) return CloseReason.NoFirstRequest;
        return time.GetElapsedTime(Volatile.Read(ref _lastActivityAt), now) > options.IdleTimeout ? CloseReason.Idle : CloseReason.None;
    }

    private long DueAt(long from, TimeSpan grace, long bytes)
    {
        var seconds = grace.TotalSeconds + ((double)bytes / options.MinBytesPerSecond);
        return from + (long)(seconds * time.TimestampFrequency);
    }
}
