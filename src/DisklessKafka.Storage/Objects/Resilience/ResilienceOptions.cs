namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>How <see cref="ResilientObjectStore"/> treats a slow or failing store. All times are of its own clock.</summary>
public sealed record ResilienceOptions
{
    /// <summary>A try of a put or create is given up after this. 8 MiB take 0.1 to 1 s; a hung connection takes for ever.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A try of a read is given up after this.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A try of one listing page or of one batch of deletes is given up after this.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries after the first one.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>Median pause before the first retry; it doubles from there on, spread by chance.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A put or create that has not ended by then is sent a second time beside the first; null never does that. About ten
    /// times what S3 usually takes for 8 MiB.
    /// </summary>
    public TimeSpan? WriteHedgeDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The same for reads, into memory of its own.</summary>
    public TimeSpan? ReadHedgeDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Second requests at most, as a share of all: hedging must not double the load of a store that is slow because it is loaded.</summary>
    public double MaxHedgeShare { get; init; } = 0.1;

    /// <summary>Of the tries within <see cref="BreakerWindow"/>, the share that must fail for the store not to be asked for a while.</summary>
    public double BreakerFailureShare { get; init; } = 0.9;

    /// <summary>With fewer tries than this within the window nothing is concluded.</summary>
    public int BreakerMinimumTries { get; init; } = 20;

    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long calls then fail at once, before one is let through to see.</summary>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For stores in this machine: a second write to the same disk would only make the first slower.</summary>
    public ResilienceOptions WithoutHedging() => this with { WriteHedgeDelay = null, ReadHedgeDelay = null };

    /// <exception cref="ArgumentException">Says which value is wrong and what it may be.</exception>
    public void Validate()
    {
        RequireTime(WriteTimeout, nameof(WriteTimeout));
        RequireTime(ReadTimeout, nameof(ReadTimeout));
        RequireTime(ListTimeout, nameof(ListTimeout));
        RequireTime(RetryDelay, nameof(RetryDelay));
        RequireTime(MaxRetryDelay, nameof(MaxRetryDelay));
        Require(RetryDelay <= MaxRetryDelay, $"{nameof(RetryDelay)} must not be above {nameof(MaxRetryDelay)}");
        Require(Retries is >= 1 and <= 100, $"{nameof(Retries)} must be 1 to 100");
        RequireHedge(WriteHedgeDelay, WriteTimeout, nameof(WriteHedgeDelay), nameof(WriteTimeout));
        RequireHedge(ReadHedgeDelay, ReadTimeout, nameof(ReadHedgeDelay), nameof(ReadTimeout));
        Require(MaxHedgeShare is >= 0 and <= 1, $"{nameof(MaxHedgeShare)} must be 0 to 1");
        Require(BreakerFailureShare is > 0 and <= 1, $"{nameof(BreakerFailureShare)} must be above 0 and at most 1");
        Require(BreakerMinimumTries >= 2, $"{nameof(BreakerMinimumTries)} must be 2 or more");
        Require(BreakerWindow >= TimeSpan.FromSeconds(0.5), $"{nameof(BreakerWindow)} must be half a second or more");
        Require(BreakerPause >= TimeSpan.FromSeconds(0.5), $"{nameof(BreakerPause)} must be half a second or more");
    }

    private static void RequireTime(TimeSpan value, string name) =>
        Require(value >= TimeSpan.FromMilliseconds(10) && value <= TimeSpan.FromHours(1), $"{name} must be 10 ms to 1 h");

    private static void RequireHedge(TimeSpan? delay, TimeSpan timeout, string name, string timeoutName) =>
        Require(delay is null || delay > TimeSpan.Zero && delay < timeout, $"{name} must be above 0 and below {timeoutName}, or absent");

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ArgumentException(message);
    }
}
