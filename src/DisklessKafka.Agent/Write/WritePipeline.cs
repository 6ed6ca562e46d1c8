using System.Buffers;
using DisklessKafka.Agent.Memory;
using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent.Write;

/// <summary>
/// From appended batches to acknowledged ones: gather, seal, PUT, commit. Uploads overlap; commits are handed to the
/// replica in seal order, so that batches of one producer reach the log in the order they were sent. A segment that
/// cannot be stored fails its own requests and lets later ones go on, but for those that an idempotent producer of it had
/// already sent more to (see <see cref="LostBatches"/>).
/// Memory: what is appended and not yet answered is bounded by the connections' request budget; see
/// <see cref="WriteOptions.BufferBytes"/>, past which <see cref="WhenRoomAsync"/> waits and producers are not read from.
/// </summary>
public sealed partial class WritePipeline : IDisposable
{
    private readonly IObjectStore _store;
    private readonly Func<ISegmentSession> _session;
    private readonly SegmentCache _cache;
    private readonly WriteOptions _options;
    private readonly FlushPolicy _policy;
    private readonly TimeProvider _time;
    private readonly WriteMetrics _metrics;
    private readonly ILogger _logger;
    private readonly SegmentBlockPool _pool;
    private readonly SemaphoreSlim _uploads;
    private readonly AsyncSignal _changed;
    private readonly RoomGate _room;
    private readonly Lock _gate = new();
    private SegmentBuffer _open;
    private long _openedAt;      // when the open segment took its first batch
    private long _sealedAt;      // when the last segment was sealed
    private bool _everSealed;
    private long _openNumber = 1; // the open segment will have it
    private readonly LostBatches _lost = new();
    private Task _lastHandedOver = Task.CompletedTask;
    private int _unfinished;     // sealed segments whose outcome is not known yet

    public WritePipeline(IObjectStore store, Func<ISegmentSession> session, SegmentCache cache, WriteOptions options, TimeProvider time, WriteMetrics metrics, ILogger<WritePipeline> logger)
    {
        _store = store;
        _session = session;
        _cache = cache;
        _options = options;
        _time = time;
        _metrics = metrics;
        _logger = logger;
        _policy = options.Policy;
        _pool = new SegmentBlockPool(BlockBytes, maxIdleBlocks: (int)(options.BufferBytes / BlockBytes));
        _uploads = new SemaphoreSlim(options.UploadsInFlight);
        _changed = new AsyncSignal(time);
        _room = new RoomGate(options.BufferBytes);
        _open = new SegmentBuffer(_pool);
        metrics.ObserveBuffered(() => _room.UsedBytes);
    }

    /// <summary>Completes when more may be appended: at once, unless uploads are behind. The front end waits here before it reads on.</summary>
    public Task WhenRoomAsync() => _room.WhenRoomAsync();

    /// <summary>
    /// Takes a checked batch into the open segment; its bytes are copied before this returns. Calls of one producer must
    /// come in its order. <paramref name="waiter"/> learns the outcome, always.
    /// </summary>
    public void Append(PartitionKey partition, in BatchHeader header, in ReadOnlySequence<byte> bytes, IBatchWaiter waiter, int slot, bool joinsTransaction = false)
    {
        _room.Take(bytes.Length);
        bool wake;
        lock (_gate)
        {
            var first = _open.IsEmpty;
            _open.Append(partition, header, bytes, waiter, slot, joinsTransaction);
            if (first) _openedAt = _time.GetTimestamp();
            wake = first || _policy.IsFull(_open.SizeBytes);
        }

        if (wake) _changed.Set();
    }

    /// <summary>The flusher: runs until cancelled; then seals what is left and waits for every outcome.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var wake = stopping.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), _changed);
        try
        {
            while (true)
            {
                var dueAt = await WaitUntilDueAsync(stopping);
                await _uploads.WaitAsync(CancellationToken.None); // its own wait would leave the scheduler; every upload has its deadline
                SealAndFlush(dueAt);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await DrainAsync();
        }
    }

    /// <summary>After <see cref="RunAsync"/> has ended.</summary>
    public void Dispose()
    {
        _uploads.Dispose();
        _changed.Dispose();
    }

    /// <returns>When the segment fell due, which may be a little earlier than now.</returns>
    private async Task<long> WaitUntilDueAsync(CancellationToken stopping)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_gate)
            {
                if (_open.IsEmpty) wait = Timeout.InfiniteTimeSpan;
                else if (_policy.IsFull(_open.SizeBytes)) return _time.GetTimestamp();
                else
                {
                    var sinceSeal = _everSealed ? _time.GetElapsedTime(_sealedAt, _openedAt) : TimeSpan.MaxValue;
                    var due = _policy.DueAfterFirstBatch(sinceSeal);
                    wait = due - _time.GetElapsedTime(_openedAt);
                    if (wait <= TimeSpan.Zero) return _openedAt + (long)(due.TotalSeconds * _time.TimestampFrequency);
                }
            }

            if (wait == Timeout.InfiniteTimeSpan) await _changed.WaitAsync();
            else await _changed.WaitAsync(wait);
            stopping.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Needs an upload place, which the flush gives back.</summary>
    private void SealAndFlush(long dueAt)
    {
        SegmentBuffer full;
        long oldestAt, number;
        lock (_gate)
        {
            full = _open;
            number = _openNumber++;
            oldestAt = _openedAt;
            _open = new SegmentBuffer(_pool);
            _sealedAt = _time.GetTimestamp();
            _everSealed = true;
        }

        _metrics.Buffered(_time.GetElapsedTime(oldestAt));
        var segment = SegmentSealer.Seal(full, number, _session(), _pool);
        var turn = _lastHandedOver;
        var handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lastHandedOver = handedOver.Task;
        Interlocked.Increment(ref _unfinished);
        _ = FlushAsync(segment, dueAt, turn, handedOver); // observes its own failures; DrainAsync waits by the count
    }

    private async Task FlushAsync(SealedSegment segment, long dueAt, Task turn, TaskCompletionSource handedOver)
    {
        try
        {
            var storedIn = await TryStoreAsync(segment);
            await turn;
            if (storedIn is null || _lost.ArePassedBy(segment))
            {
                segment.Fail(WriteStatus.NotStored); // first: what comes in from now on is turned away as it comes
                _lost.Add(segment, Now());
                handedOver.SetResult();
                return;
            }

            var reference = segment.Name.Reference;
            _cache.Admit(reference, segment.Bytes); // before the commit: whom replay wakes finds it here
            var started = _time.GetTimestamp();
            var commit = segment.CommitAsync();
            handedOver.SetResult();
            var (status, outcome) = await commit;
            var committedIn = _time.GetElapsedTime(started);
            _metrics.Committed(committedIn);
            if (outcome is not null) segment.Answer(outcome, new WriteWait(dueAt, storedIn.Value, committedIn));
            else segment.Fail(ToWriteStatus(status));
            if (outcome is null && status != AppendStatus.OutcomeUnknown) _lost.Add(segment, Now());
            if (outcome is not { Status: CommitStatus.Committed }) _cache.Forget(reference);
        }
        catch (Exception failure)
        {
            handedOver.TrySetResult();
            LogFlushFailed(_logger, segment.Name.ObjectKey, failure);
            segment.Fail(WriteStatus.TimedOut); // slots that already have an outcome keep it
        }
        finally
        {
            _room.Return(segment.BatchBytes);
            segment.Bytes.Release();
            if (Interlocked.Decrement(ref _unfinished) == 0) _changed.Set();
        }
    }

    private LostBatches.Mark Now()
    {
        lock (_gate) return new(_openNumber, _open.SizeBytes);
    }

    private static WriteStatus ToWriteStatus(AppendStatus status) => status switch
    {
        AppendStatus.Applied => WriteStatus.Committed,
        AppendStatus.NotAppended or AppendStatus.SessionEnded or AppendStatus.LevelTooLow => WriteStatus.NotStored,
        AppendStatus.OutcomeUnknown => WriteStatus.TimedOut,
    };

    /// <returns>How long it took; null if it could not be stored.</returns>
    private async Task<TimeSpan?> TryStoreAsync(SealedSegment segment)
    {
        var started = _time.GetTimestamp();
        using var deadline = new CancellationTokenSource(_options.UploadTimeout, _time);
        try
        {
            await _store.PutAsync(segment.Name.ObjectKey, segment.Bytes.Sequence, deadline.Token);
            var storedIn = _time.GetElapsedTime(started);
            _metrics.Uploaded(storedIn, segment.Bytes.Length);
            return storedIn;
        }
        catch (Exception failure) when (failure is ObjectStoreException or OperationCanceledException)
        {
            LogUploadFailed(_logger, segment.Name.ObjectKey, failure.Message);
            return null;
        }
        finally
        {
            _uploads.Release();
        }
    }

    private async Task DrainAsync()
    {
        while (true)
        {
            bool empty;
            lock (_gate) empty = _open.IsEmpty;
            if (!empty)
            {
                await _uploads.WaitAsync();
                SealAndFlush(_time.GetTimestamp());
                continue;
            }

            if (Volatile.Read(ref _unfinished) == 0) return;
            await _changed.WaitAsync();
        }
    }

    private const int BlockBytes = 1 << 20;

    [LoggerMessage(EventId = 2001, Level = LogLevel.Warning, Message = "segment {ObjectKey} could not be stored; its requests are answered with a retriable error: {Reason}")]
    private static partial void LogUploadFailed(ILogger logger, string objectKey, string reason);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Error, Message = "segment {ObjectKey} failed on its way to the log")]
    private static partial void LogFlushFailed(ILogger logger, string objectKey, Exception failure);
}
