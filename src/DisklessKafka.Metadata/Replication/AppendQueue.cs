using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Metadata.Replication;

/// <summary>
/// One session's way into the log. One append is in flight at a time; what is added meanwhile goes out together in the
/// next entry, so the busier an agent is, the fewer appends it needs for each command. An append in doubt is repeated
/// under its number until the log or replay tells what became of it, and nothing is sent before.
/// </summary>
/// <param name="onDurable">Called when an entry is in the log: time to read it back.</param>
/// <param name="onBroken">Called when the log will never tell what became of an entry.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "Neither the token source nor a signal without a timer holds anything but memory.")]
internal sealed class AppendQueue(IMetadataLog log, Guid session, TimeProvider time, Random random, Action onDurable, Action<Exception> onBroken)
{
    /// <summary>More than this waits for the next entry; a single larger command goes out alone. Keeps an append's time bounded.</summary>
    private const int MaxEntryBytes = 1 << 20;

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LastRetryDelay = TimeSpan.FromMilliseconds(500); // an append and the read that brings it back may each have just missed a log that is back

    private readonly Lock _gate = new();
    private readonly AsyncSignal _work = new(time);
    private readonly CancellationTokenSource _closing = new();
    private readonly Queue<PendingCommand> _queued = new();                     // bounded by its callers: each waits for its own
    private readonly Dictionary<long, List<PendingCommand>> _unapplied = [];    // by the entry's number: sent, and not seen in replay yet
    private AppendStatus? _closedAs;
    private long _sequence;
    private long _durable;
    private long _applied;
    private long _lastAppendTimestamp = time.GetTimestamp();

    /// <summary>How long ago the last entry that the log took was sent.</summary>
    public TimeSpan SinceLastAppend => time.GetElapsedTime(Volatile.Read(ref _lastAppendTimestamp));

    /// <summary>An entry is in the log and has not come by in replay yet.</summary>
    public bool HasUnapplied => Volatile.Read(ref _durable) > Volatile.Read(ref _applied);

    public void Add(PendingCommand command)
    {
        AppendStatus? closedAs;
        lock (_gate)
        {
            closedAs = _closedAs;
            if (closedAs is null) _queued.Enqueue(command);
        }

        if (closedAs is { } status) command.End(status == AppendStatus.OutcomeUnknown ? AppendStatus.NotAppended : status);
        else _work.Set();
    }

    /// <summary>Sends until the queue is closed.</summary>
    public async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var commands = TakeNext();
            if (commands.Count > 0) await SendAsync(commands);
            else await _work.WaitAsync();
        }
    }

    /// <summary>Replay has come by one of this session's entries.</summary>
    /// <exception cref="LogRewoundException">
    /// One before it never came by: the log had it, and lost it before this replica read it. Nothing else would tell, and
    /// whoever waits for it would wait for ever.
    /// </exception>
    public void Complete(long sequence, object?[] outcomes)
    {
        List<PendingCommand>? commands;
        lock (_gate)
        {
            foreach (var sent in _unapplied.Keys)
                if (sent < sequence)
                    throw LogErrors.LostOwn(session, sent);
            _unapplied.Remove(sequence, out commands);
        }

        if (sequence > _applied) Volatile.Write(ref _applied, sequence); // an entry may come twice: see Refusal.Repeated
        if (commands is null) return;
        for (var i = 0; i < commands.Count; i++) commands[i].Complete(outcomes[i]);
    }

    /// <summary>Sends nothing more. Commands that were sent end as <paramref name="status"/>, those that were not as certainly as can be said.</summary>
    public void Close(AppendStatus status)
    {
        List<PendingCommand> sent, queued;
        lock (_gate)
        {
            if (_closedAs is not null) return;
            _closedAs = status;
            sent = [.. _unapplied.Values.SelectMany(commands => commands)];
            queued = [.. _queued];
            _unapplied.Clear();
            _queued.Clear();
        }

        foreach (var command in sent) command.End(status);
        foreach (var command in queued) command.End(status == AppendStatus.OutcomeUnknown ? AppendStatus.NotAppended : status);
        _closing.Cancel();
        _work.Set();
    }

    private List<PendingCommand> TakeNext()
    {
        var commands = new List<PendingCommand>();
        var bytes = 0;
        lock (_gate)
        {
            while (_queued.TryPeek(out var next) && (commands.Count == 0 || bytes + next.Encoded.Length <= MaxEntryBytes))
            {
                _queued.Dequeue();
                if (!next.TrySend()) continue;
                commands.Add(next);
                bytes += next.Encoded.Length;
            }
        }

        return commands;
    }

    private async Task SendAsync(List<PendingCommand> commands)
    {
        var sequence = _sequence + 1;
        var payload = EntryWriter.Encode(FeatureLevels.Initial, [.. commands.Select(command => command.Encoded)]);
        lock (_gate)
        {
            if (_closedAs is null) _unapplied.Add(sequence, commands);
        }

        try
        {
            // Its number is gone also where the log refused it: should that very call arrive once more, and be taken, it must not pass
            // for the next one, whose commands would get its outcomes.
            _sequence = sequence;
            await AppendAsync(sequence, payload, commands);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Closed meanwhile: the commands have been told what is known.
        }
        catch (Exception e) // also what no log should throw: a queue that dies in silence would leave its callers waiting for ever
        {
            onBroken(e);
        }
    }

    private async Task AppendAsync(long sequence, ReadOnlyMemory<byte> payload, List<PendingCommand> commands)
    {
        var isInDoubt = false;
        var sentAt = time.GetTimestamp(); // the first try: in doubt, the entry may be as old as that
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await log.AppendAsync(session, sequence, payload, _closing.Token);
                Volatile.Write(ref _durable, sequence);
                Volatile.Write(ref _lastAppendTimestamp, sentAt);
                onDurable();
                return;
            }
            catch (AppendInDoubtException)
            {
                isInDoubt = true;
                onDurable(); // if it did arrive, replay finds it before the next try does
            }
            catch (MetadataLogException e) when (!isInDoubt && (!e.IsTransient || commands.TrueForAll(command => command.IsSettled)))
            {
                Drop(sequence, commands);
                return;
            }
            catch (MetadataLogException e) when (e.IsTransient)
            {
                // No effect this time; the outcome of an earlier try is as open as it was.
            }

            await Task.Delay(RetryDelay(attempt), time, _closing.Token);
            if (!IsApplied(sequence)) continue;
            Volatile.Write(ref _lastAppendTimestamp, sentAt);
            return;
        }
    }

    private bool IsApplied(long sequence)
    {
        lock (_gate) return !_unapplied.ContainsKey(sequence);
    }

    private void Drop(long sequence, List<PendingCommand> commands)
    {
        lock (_gate) _unapplied.Remove(sequence);
        foreach (var command in commands) command.End(AppendStatus.NotAppended);
    }

    /// <summary>Doubles from the first to the last, half of it by chance: agents that lost the log together do not come back together.</summary>
    private TimeSpan RetryDelay(int attempt)
    {
        var full = Math.Min(LastRetryDelay.Ticks, FirstRetryDelay.Ticks << Math.Min(attempt, 16));
        return TimeSpan.FromTicks(full / 2 + random.NextInt64(full / 2 + 1));
    }
}
