namespace DisklessKafka.Chaos.Figures;

/// <summary>How a number of durations are distributed.</summary>
internal sealed record Quantiles(int Count, TimeSpan P50, TimeSpan P95, TimeSpan P99, TimeSpan Longest)
{
    public static Quantiles Of(IEnumerable<TimeSpan> durations)
    {
        TimeSpan[] sorted = [.. durations.Order()];
        return sorted.Length == 0
            ? new(0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero)
            : new(sorted.Length, At(sorted, 0.50), At(sorted, 0.95), At(sorted, 0.99), sorted[^1]);
    }

    /// <summary>The smallest duration that at least this share of all does not exceed.</summary>
    private static TimeSpan At(TimeSpan[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
