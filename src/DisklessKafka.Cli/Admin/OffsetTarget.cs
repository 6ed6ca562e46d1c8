using System.Globalization;

namespace DisklessKafka.Cli.Admin;

/// <summary>Where a group shall read on.</summary>
internal abstract record OffsetTarget
{
    private static readonly string[] Times = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFK"];

    public static readonly OffsetTarget Earliest = new ToEarliest(), Latest = new ToLatest();

    public static OffsetTarget At(long offset) => new ToOffset(offset);

    public static OffsetTarget Since(DateTimeOffset time) => new ToTime(time.ToUnixTimeMilliseconds());

    public static OffsetTarget Shifted(long by) => new Shift(by);

    /// <summary>The time that must be looked up in the partitions for this target, in milliseconds; null if none.</summary>
    public virtual long? LookupMs => null;

    /// <summary>Times without an offset are UTC, as in Kafka's own tool.</summary>
    public static bool TryParseTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    /// <returns>It need not be there, see <see cref="OffsetFacts.Nearest"/>; null if there is nothing to count from.</returns>
    public abstract long? Wanted(OffsetFacts partition);

    private sealed record ToEarliest : OffsetTarget
    {
        public override long? Wanted(OffsetFacts partition) => partition.Start;
    }

    private sealed record ToLatest : OffsetTarget
    {
        public override long? Wanted(OffsetFacts partition) => partition.End;
    }

    private sealed record ToOffset(long Offset) : OffsetTarget
    {
        public override long? Wanted(OffsetFacts partition) => Offset;
    }

    /// <summary>Where no record is as young, the group waits for the next one.</summary>
    private sealed record ToTime(long Ms) : OffsetTarget
    {
        public override long? LookupMs => Ms;

        public override long? Wanted(OffsetFacts partition) => partition.Found >= 0 ? partition.Found : partition.End;
    }

    private sealed record Shift(long By) : OffsetTarget
    {
        public override long? Wanted(OffsetFacts partition) => partition.Committed is not { } committed ? null
            : By > 0 && committed > long.MaxValue - By ? long.MaxValue // nothing is committed below 0, so the other end is out of reach
            : committed + By;
    }
}

/// <param name="Committed">Null if nothing is.</param>
/// <param name="Found">By a lookup in time; -1 if nothing was, or none was needed.</param>
internal readonly record struct OffsetFacts(long? Committed, long Start, long End, long Found)
{
    public long Nearest(long wanted) => Math.Clamp(wanted, Start, End);
}
