using DisklessKafka.Metadata.State;

namespace DisklessKafka.Metadata.Replication;

/// <summary>A command on its way into the log, and whoever waits for its outcome.</summary>
/// <param name="encoded">As it will stand in the entry.</param>
internal sealed class PendingCommand(ReadOnlyMemory<byte> encoded)
{
    private const int Queued = 0, Sent = 1, Withdrawn = 2;

    private readonly TaskCompletionSource<(AppendStatus Status, object? Outcome)> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    public ReadOnlyMemory<byte> Encoded { get; } = encoded;

    public Task<(AppendStatus Status, object? Outcome)> Settled => _result.Task;

    /// <summary>Nobody waits any more, or never again has to.</summary>
    public bool IsSettled => _result.Task.IsCompleted;

    /// <summary>From here on its caller can no longer take it back. False if that has happened.</summary>
    public bool TrySend() => Interlocked.CompareExchange(ref _state, Sent, Queued) == Queued;

    /// <summary>The caller's time is up. Only what was not sent yet is certain not to happen.</summary>
    public void GiveUp() =>
        End(Interlocked.CompareExchange(ref _state, Withdrawn, Queued) == Queued ? AppendStatus.NotAppended : AppendStatus.OutcomeUnknown);

    public void End(AppendStatus status) => _result.TrySetResult((status, null));

    public void Complete(object? outcome) => _result.TrySetResult(outcome is RefusedOutcome refused ? (StatusOf(refused.Reason), null) : (AppendStatus.Applied, outcome));

    private static AppendStatus StatusOf(Refusal reason) => reason switch
    {
        Refusal.SessionEnded => AppendStatus.SessionEnded,
        Refusal.LevelTooLow => AppendStatus.LevelTooLow,
        Refusal.Repeated => AppendStatus.OutcomeUnknown, // who waits for a command waits for its first coming
    };
}
