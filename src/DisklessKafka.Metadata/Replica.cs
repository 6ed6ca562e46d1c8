using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.Snapshots;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Metadata;

/// <summary>
/// This agent's copy of the cluster state, kept by replaying the metadata log, and its way to change it. Entries are
/// applied one at a time by one loop; its turns are the only place where the state changes. Requests read
/// <see cref="View"/> without waiting, or see their own and everybody's acknowledged writes after <see cref="BarrierAsync"/>.
/// </summary>
public sealed class Replica : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastRetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly IMetadataLog _log;
    private readonly ReplicaOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly IReplicaObserver? _observer;
    private readonly ILogger _logger;
    private readonly ClusterState _state;
    private readonly SnapshotJob _snapshots;
    private readonly TurnQueue _turns = new();
    private readonly AsyncSignal _wake;
    private readonly AsyncSignal _tick;
    private readonly EndGate _end;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<Exception> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _loops = []; // of this replica and of its sessions; changed only by StartAsync and RegisterAsync

    private AgentSession? _session;
    private LogCursor _position;
    private long _lastEntryTimestamp;
    private int _emptyReads;
    private int _watchers;

    private Replica(
        IMetadataLog log, SnapshotStore snapshots, ClusterState state, ReplicaOptions options,
        TimeProvider time, Random random, IReplicaObserver? observer, ILogger logger)
    {
        (_log, _options, _time, _random, _observer, _logger) = (log, options, time, random, observer, logger);
        _state = state;
        _position = state.View.Position;
        _lastEntryTimestamp = time.GetTimestamp();
        _wake = new AsyncSignal(time);
        _tick = new AsyncSignal(time);
        _end = new EndGate(log, time, _stopping.Token);
        Stopped = OwnScheduler.KeepAsync(_stopped.Task);
        _snapshots = new SnapshotJob(this, snapshots, log, options, logger);
    }

    /// <summary>The cluster as of the newest entry applied here. One volatile load.</summary>
    public ClusterView View => _state.View;

    /// <summary>This agent's session: the last one registered, dead or alive; null before the first.</summary>
    public AgentSession? Session => Volatile.Read(ref _session);

    /// <summary>
    /// Completes with the reason when the replica can no longer follow the log: rewound, trimmed past it, written by a
    /// newer version, corrupt, or diverged. The views stay as they were, and must not be served any more.
    /// </summary>
    public Task<Exception> Stopped { get; }

    /// <summary>Loads the newest snapshot, replays the log up to its end, and goes on replaying.</summary>
    /// <param name="random">For session ids and for spreading retries.</param>
    /// <exception cref="MetadataLogException">The log cannot be reached, or lost what the snapshot holds.</exception>
    /// <exception cref="ObjectStoreException">The snapshots cannot be listed or read.</exception>
    /// <exception cref="ReplicaStoppedException">The log cannot be replayed; see the inner exception.</exception>
    public static async Task<Replica> StartAsync(
        IMetadataLog log, IObjectStore objects, ReplicaOptions options, TimeProvider time, Random random,
        IReplicaObserver? observer, ILogger logger, CancellationToken cancellation)
    {
        var store = new SnapshotStore(objects, logger, options.NewestFeatureLevel);
        var state = await LoadAsync(log, store, options.NewestFeatureLevel, cancellation);
        var replica = new Replica(log, store, state, options, time, random, observer, logger);
        try
        {
            var end = await log.EndAsync(cancellation);
            replica._loops.Add(replica.ReplayAsync());
            await replica.ReachAsync(end, cancellation);
            replica._loops.Add(replica.TickAsync());
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    /// <summary>The newest snapshot that the log goes on from.</summary>
    private static async Task<ClusterState> LoadAsync(IMetadataLog log, SnapshotStore store, short newestLevel, CancellationToken cancellation)
    {
        const int Tries = 3; // others may write a newer snapshot and trim the log while this one is read; hardly twice
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await store.LoadNewestAsync(CheckAsync, cancellation) ?? await FromNothingAsync();
            }
            catch (LogTrimmedException) when (attempt < Tries)
            {
                // There is a newer snapshot by now.
            }
            catch (LogRewoundException)
            {
                // No snapshot is of this log's past. Unless it is empty, or its beginning is trimmed, it tells everything by itself.
                if (await log.EndAsync(cancellation) == LogCursor.Start) throw;
                return await FromNothingAsync();
            }
        }

        async ValueTask CheckAsync(ClusterState state) =>
            await log.ReadAsync(state.View.Position, maxBytes: 1, cancellation); // fails unless the log still has that entry

        async Task<ClusterState> FromNothingAsync()
        {
            var state = new ClusterState { NewestFeatureLevel = newestLevel };
            await CheckAsync(state);
            return state;
        }
    }

    /// <summary>Begins a session: the agent's first, or the next one after the last has ended.</summary>
    /// <exception cref="InvalidOperationException">The last session still lives.</exception>
    /// <exception cref="UnknownFeatureLevelException">The cluster is at a level that this software does not know.</exception>
    public async Task<AgentSession> RegisterAsync(AgentDescription description, CancellationToken cancellation)
    {
        if (_session is { IsLive: true }) throw new InvalidOperationException("the session still lives; update it instead");
        _session?.Abandon();
        var id = NewGuid();
        var queue = new AppendQueue(_log, id, _time, new Random(_random.Next()), onDurable: _wake.Set, onBroken: Stop);
        var session = new AgentSession(id, queue, description, _options.NewestFeatureLevel, _time);
        Volatile.Write(ref _session, session);
        _loops.RemoveAll(loop => loop.IsCompleted);
        _loops.Add(queue.RunAsync());

        var result = await session.AppendAsync(Command.Of(description.ToCommand(_options.NewestFeatureLevel)), cancellation);
        if (result.Status != AppendStatus.Applied)
        {
            session.Abandon();
            cancellation.ThrowIfCancellationRequested();
            throw new MetadataLogException($"the agent could not be registered: {result.Status}", isTransient: true);
        }

        if (result.Outcome!.Status == RegisterAgentStatus.LevelTooNew) throw new UnknownFeatureLevelException(View.FeatureLevel);
        _loops.Add(session.KeepAliveAsync());
        ReplicaEvents.Registered(_logger, session.NodeId, session.Id);
        return session;
    }

    /// <summary>Waits until every entry that was acknowledged to anyone before this call is applied here.</summary>
    public async ValueTask BarrierAsync(CancellationToken cancellation) =>
        await ReachAsync(await AskEndAsync(cancellation), cancellation);

    /// <summary>Like <see cref="BarrierAsync"/>, and then asks the state between two entries.</summary>
    /// <param name="query">Must be quick: nothing is applied meanwhile. What it returns must not be part of the working state.</param>
    public async ValueTask<T> QueryAsync<T>(Func<ClusterState, T> query, CancellationToken cancellation)
    {
        var end = await AskEndAsync(cancellation);
        var answer = _turns.AddAsync(end, query, cancellation);
        _wake.Set();
        return await answer;
    }

    /// <summary>Somebody waits for what other agents may write: until the answering <see cref="EndWatch"/> the log is read often.</summary>
    public void BeginWatch()
    {
        if (Interlocked.Increment(ref _watchers) == 1) _wake.Set();
    }

    /// <inheritdoc cref="BeginWatch"/>
    public void EndWatch() => Interlocked.Decrement(ref _watchers);

    /// <summary>Stops replaying and appending. Sessions are not ended in the log: see <see cref="AgentSession.EndAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop(new ObjectDisposedException(nameof(Replica)));
        await Task.WhenAll(_loops);
        await _snapshots.Completion;
        _wake.Dispose();
        _tick.Dispose();
    }

    /// <summary>On the apply turn as soon as it is free, without a barrier.</summary>
    internal Task<T> OnTurnAsync<T>(Func<ClusterState, T> function)
    {
        var answer = _turns.AddAsync(LogCursor.Start, function, CancellationToken.None);
        _wake.Set();
        return answer;
    }

    private async Task<LogCursor> AskEndAsync(CancellationToken cancellation)
    {
        ThrowIfStopped();
        try
        {
            return await _end.EndAsync().WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            ThrowIfStopped();
            throw;
        }
    }

    private async Task ReachAsync(LogCursor target, CancellationToken cancellation)
    {
        if (View.Position >= target) return;
        var reached = _turns.AddAsync(target, static _ => true, cancellation);
        _wake.Set();
        await reached;
    }

    private async Task ReplayAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                _turns.RunDue(_state);
                var entries = await ReadAsync();
                foreach (var entry in entries) Apply(entry);
                if (entries.Count == 0) await _wake.WaitAsync(NextPause());
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped while it read or waited.
        }
        catch (Exception e) // whatever it is, an agent that cannot follow the log must say so and not serve
        {
            Stop(e);
        }
    }

    private async ValueTask<IReadOnlyList<LogEntry>> ReadAsync()
    {
        for (var delay = FirstRetryDelay; ; delay = delay * 2 < LastRetryDelay ? delay * 2 : LastRetryDelay)
        {
            try
            {
                return await _log.ReadAsync(_position, _options.ReadBytes, _stopping.Token);
            }
            catch (MetadataLogException e) when (e.IsTransient)
            {
                ReplicaEvents.ReadFailed(_logger, e);
                await Task.Delay(delay, _time, _stopping.Token);
                _turns.RunDue(_state); // who needs nothing new need not wait for the log
            }
        }
    }

    private void Apply(in LogEntry entry)
    {
        _stopping.Token.ThrowIfCancellationRequested();
        var session = _session;
        var isOwn = session is not null && session.Id == entry.Session;
        var lastDeadlineMs = View.NextDeadlineMs;
        var applied = _state.Apply(entry, wantOutcomes: isOwn);
        _position = entry.Cursor;
        Volatile.Write(ref _lastEntryTimestamp, _time.GetTimestamp());
        _emptyReads = 0;
        if (applied.View.NextDeadlineMs != lastDeadlineMs || applied.AgentsChanged) _tick.Set();
        if (_state.HasDiverged) throw new StateDivergedException(applied.View.Version);

        _observer?.OnApplied(applied);
        if (isOwn) CompleteOwn(session!, entry.Sequence, applied);
        if (applied.AgentsChanged && session is { IsLive: true } && !_state.IsLive(session.Id)) End(session);
        _snapshots.OnApplied(_state, entry.Payload.Length, isOwn ? session : null);
        _turns.RunDue(_state);
    }

    /// <summary>Appends when something falls due by log time and nobody else has: see <see cref="TickPacing"/>.</summary>
    private async Task TickAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var session = Session;
            var wait = session is { IsLive: true }
                ? TickPacing.Next(View, session.Ordinal, _time.GetElapsedTime(Volatile.Read(ref _lastEntryTimestamp)))
                : Timeout.InfiniteTimeSpan;
            if (wait == Timeout.InfiniteTimeSpan)
            {
                await _tick.WaitAsync();
                continue;
            }

            if (wait > TimeSpan.Zero) await _tick.WaitAsync(wait);
            else if ((await session!.AppendAsync(Command.Of(new KeepAlive()), _stopping.Token)).Status != AppendStatus.Applied)
                await _tick.WaitAsync(TickPacing.Shortest);
        }
    }

    private void CompleteOwn(AgentSession session, long sequence, in AppliedEntry applied)
    {
        foreach (var outcome in applied.Outcomes!)
            if (outcome is RegisterAgentOutcome { Status: RegisterAgentStatus.Registered } registered)
                session.Registered(registered);
        session.Queue.Complete(sequence, applied.Outcomes);

        // Whoever wrote the entry at which everybody hashes tells the others its hash.
        if (_state.FindHash(applied.View.Version) is { } hash)
            _ = session.AppendAsync(Command.Of(new StateHash { Version = applied.View.Version, Hash = (long)hash }), _stopping.Token).AsTask();
    }

    private void End(AgentSession session)
    {
        if (!session.IsLeaving) ReplicaEvents.SessionEnded(_logger, session.NodeId, session.Id);
        session.MarkEnded();
    }

    private TimeSpan NextPause()
    {
        _emptyReads++;
        var isAwaited = !_turns.IsEmpty || _session is { Queue.HasUnapplied: true };
        var isWatched = Volatile.Read(ref _watchers) > 0 && View.Agents.Count > 1;
        return TailPacing.Next(_emptyReads, isAwaited, isWatched, _time.GetElapsedTime(_lastEntryTimestamp), _options.WatchedPause);
    }

    private void Stop(Exception reason)
    {
        if (!_stopped.TrySetResult(reason)) return;
        if (reason is not ObjectDisposedException) ReplicaEvents.Stopped(_logger, reason);
        _stopping.Cancel();
        _turns.Close(new ReplicaStoppedException(reason));
        _session?.Abandon();
        _wake.Set();
        _tick.Set();
    }

    private void ThrowIfStopped()
    {
        // GetResult only of what has completed: nothing waits here.
        if (_stopped.Task.IsCompletedSuccessfully) throw new ReplicaStoppedException(_stopped.Task.GetAwaiter().GetResult());
    }

    private Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x40); // version 4, big-endian layout
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
