using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.Replication;

/// <summary>What an agent says about itself.</summary>
/// <param name="Zone">Empty for none.</param>
/// <param name="Host">Where clients are told to connect.</param>
/// <param name="IsListed">False while it drains.</param>
/// <param name="SessionTimeout">Silence longer than this, by the log's clock, ends the session.</param>
public sealed record AgentDescription(string Zone, string Host, int Port, string Software, bool IsListed, TimeSpan SessionTimeout)
{
    internal RegisterAgent ToCommand(short newestLevel) => new()
    {
        Zone = Zone,
        Host = Host,
        Port = Port,
        Software = Software,
        Listed = IsListed,
        SessionTimeoutMs = (int)SessionTimeout.TotalMilliseconds,
        MaxFeatureLevel = newestLevel,
    };
}

/// <summary>
/// One life of this agent. Everything is appended through the session that it belongs to: a commit names an object by
/// its session, so it must never go out under a later one.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The keep-alive loop disposes its signal when it ends.")]
public sealed class AgentSession
{
    private readonly AppendQueue _queue;
    private readonly AsyncSignal _keepAlive;
    private readonly short _newestLevel;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal AgentSession(Guid id, AppendQueue queue, AgentDescription description, short newestLevel, TimeProvider time)
    {
        _newestLevel = newestLevel;
        Id = id;
        Description = description;
        _queue = queue;
        _keepAlive = new AsyncSignal(time);
        Ended = OwnScheduler.KeepAsync(_ended.Task);
    }

    /// <summary>In every key of a segment that this session writes.</summary>
    public Guid Id { get; }

    /// <summary>Among all sessions there ever were: the short name of the session in the state.</summary>
    public int Ordinal { get; private set; } = -1;

    /// <summary>What clients know the agent by; the same for every session at its address.</summary>
    public int NodeId { get; private set; } = -1;

    public AgentDescription Description { get; private set; }

    /// <summary>Completes when the session is dead, whoever ended it. What it has in the store uncommitted will never be committed.</summary>
    public Task Ended { get; }

    public bool IsLive => Ordinal >= 0 && !_ended.Task.IsCompleted;

    internal AppendQueue Queue => _queue;

    /// <summary>Appends a command and waits until this replica has applied it. Commands of one session are applied in the order of these calls.</summary>
    /// <param name="cancellation">
    /// The end of the caller's patience. It ends the wait and not necessarily the append, so the result is then
    /// <see cref="AppendStatus.OutcomeUnknown"/> unless the command had not been sent yet. Nothing is thrown.
    /// </param>
    public async ValueTask<AppendResult<TOutcome>> AppendAsync<TOutcome>(Command<TOutcome> command, CancellationToken cancellation)
        where TOutcome : class
    {
        var pending = new PendingCommand(EntryWriter.Encode(command.Type, command.Body));
        using var registration = cancellation.UnsafeRegister(static state => ((PendingCommand)state!).GiveUp(), pending);
        _queue.Add(pending);
        var (status, outcome) = await pending.Settled;
        return new AppendResult<TOutcome>(status, (TOutcome?)outcome);
    }

    /// <summary>Changes what the cluster knows about this agent.</summary>
    public async ValueTask<AppendStatus> UpdateAsync(AgentDescription description, CancellationToken cancellation)
    {
        var result = await AppendAsync(Command.Of(description.ToCommand(_newestLevel)), cancellation);
        if (result.Status == AppendStatus.Applied) Description = description;
        return result.Status;
    }

    /// <summary>Ends the session in good order. Whatever it has not appended by now is refused.</summary>
    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        IsLeaving = true;
        await AppendAsync(Command.Of(new EndSession()), cancellation);
    }

    /// <summary>The agent ends the session itself: its death is no news.</summary>
    internal bool IsLeaving { get; private set; }

    internal void Registered(RegisterAgentOutcome outcome) => (Ordinal, NodeId) = (outcome.Ordinal, outcome.NodeId);

    /// <summary>The state says that the session is dead.</summary>
    internal void MarkEnded() => Close(AppendStatus.SessionEnded);

    /// <summary>Nobody here looks after the session any more; what becomes of its last commands is not known.</summary>
    internal void Abandon() => Close(AppendStatus.OutcomeUnknown);

    /// <summary>Says that the agent lives whenever it had nothing else to say for a third of its time-out: two of them may be late.</summary>
    internal async Task KeepAliveAsync()
    {
        var interval = Description.SessionTimeout / 3;
        while (!_ended.Task.IsCompleted)
        {
            var wait = interval - _queue.SinceLastAppend;
            if (wait <= TimeSpan.Zero)
            {
                var result = await AppendAsync(Command.Of(new KeepAlive()), CancellationToken.None);
                if (result.Status != AppendStatus.Applied) wait = interval / 8; // the log refuses it: try again, but not at once
            }

            if (wait > TimeSpan.Zero) await _keepAlive.WaitAsync(wait);
        }

        _keepAlive.Dispose();
    }

    private void Close(AppendStatus status)
    {
        _queue.Close(status);
        _ended.TrySetResult();
        _keepAlive.Set();
    }
}
