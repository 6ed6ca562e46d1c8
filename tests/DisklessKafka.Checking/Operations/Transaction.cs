namespace DisklessKafka.Checking.Operations;

public enum Verdict
{
    /// <summary>Never asked to end, so it may only be aborted.</summary>
    Open,

    Committed,

    Aborted,

    /// <summary>Asked to end, and the answer was lost.</summary>
    Unknown,
}

/// <summary>
/// From its beginning until its client knows how it ended. Records and offsets name it. Begun is <see cref="Operation.Invoked"/>.
/// </summary>
public sealed class Transaction : Operation
{
    /// <summary>Unique over the history.</summary>
    public required long Id { get; init; }

    /// <summary>When its client first asked to commit it; <see cref="Operation.Never"/> if it did not.</summary>
    public long CommitInvoked { get; private set; } = Never;

    public Verdict Verdict { get; private set; }

    public bool MayBeCommitted => CommitInvoked != Never && Verdict != Verdict.Aborted;

    public void AskToCommit(long at) => CommitInvoked = Math.Min(at, CommitInvoked);

    /// <param name="verdict">What the client was told; an answer that was lost after a commit or an abort is <see cref="Verdict.Unknown"/>.</param>
    public void End(Verdict verdict, long at)
    {
        Verdict = verdict;
        Complete(verdict == Verdict.Unknown ? Outcome.Unknown : Outcome.Succeeded, at);
    }

    protected override string Describe() => $"ran transaction {Id}{(CommitInvoked == Never ? "" : $", asked at {CommitInvoked} to commit it")}, {Verdict}";
}
