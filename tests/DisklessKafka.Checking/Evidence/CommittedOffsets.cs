using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Evidence;

/// <summary>Which offset commits of one group and partition may have had an effect, and between when and when.</summary>
internal sealed class CommittedOffsets
{
    private readonly List<Effect> _definite = [];
    private readonly Dictionary<long, List<Effect>> _possible = [];

    public CommittedOffsets(CheckedRun run, IEnumerable<OffsetCommit> commits)
    {
        foreach (var effect in commits.Select(commit => EffectOf(run, commit)).OfType<Effect>().OrderBy(effect => effect.From))
        {
            if (effect.IsDefinite)
                _definite.Add(effect);
            if (!_possible.TryGetValue(effect.Offset, out var same))
                _possible.Add(effect.Offset, same = []);
            // Each carries the latest end of those that began before it.
            same.Add(effect with { To = same.Count == 0 ? effect.To : Math.Max(effect.To, same[^1].To) });
        }
    }

    /// <summary>Each commit that had its effect for certain, by the operation that ended it, with the earliest moment of its effect.</summary>
    public IEnumerable<(long Value, Operation Operation)> Definite => _definite.Select(effect => (effect.From, effect.Cause));

    /// <summary>What a fetch that ended at <paramref name="completed"/> may have seen of the commits of this offset.</summary>
    /// <returns>When the first of them may have had its effect at the earliest, and the last at the latest; null if there is none.</returns>
    public (long From, long To)? Possible(long offset, long completed)
    {
        if (!_possible.TryGetValue(offset, out var same) || same[0].From > completed)
            return null;
        var (low, high) = (0, same.Count);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (same[middle].From <= completed)
                low = middle;
            else
                high = middle;
        }

        return (same[0].From, same[low].To);
    }

    private static Effect? EffectOf(CheckedRun run, OffsetCommit commit) => run.TransactionOf(commit.Transaction) switch
    {
        _ when commit.IsRefused => null,
        null => new(commit.Offset, commit.Invoked, commit.IsAcknowledged ? commit.Completed : Operation.Never, commit.IsAcknowledged, commit),
        { MayBeCommitted: false } => null,
        { Verdict: Verdict.Committed } transaction when commit.IsAcknowledged => new(commit.Offset, transaction.CommitInvoked, transaction.Completed, true, transaction),
        { } transaction when transaction.Verdict == Verdict.Committed || !run.IsHidden(transaction.Id) => new(commit.Offset, transaction.CommitInvoked, Operation.Never, false, transaction),
        _ => null,
    };

    private sealed record Effect(long Offset, long From, long To, bool IsDefinite, Operation Cause);
}
