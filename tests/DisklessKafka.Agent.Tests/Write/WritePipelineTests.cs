using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DisklessKafka.Agent.Read;
using DisklessKafka.Agent.Write;
using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Segments;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Agent.Tests.Write;

/// <summary>The orderings of a write: bytes in the store, then the log, then the answer; commits in seal order.</summary>
public sealed class WritePipelineTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TopicId TopicId = new(new Guid("11111111-2222-3333-4444-555555555555"));

    private readonly GatedStore _store = new();
    private readonly RecordingSession _session = new();
    private readonly Meter _meter = new("test");
    private readonly CancellationTokenSource _stopping = new();
    private SegmentCache _cache = null!;
    private WritePipeline _pipeline = null!;
    private Task _running = null!;

    public Task InitializeAsync()
    {
        _cache = new SegmentCache(_store, new CacheOptions(), new ReadMetrics(_meter));
        var options = new WriteOptions { FlushInterval = TimeSpan.FromMilliseconds(2), GatheringDelay = TimeSpan.FromMilliseconds(1), BufferBytes = 1 << 20, UploadTimeout = Patience };
        _pipeline = new WritePipeline(_store, () => _session, _cache, options, TimeProvider.System, new WriteMetrics(_meter), NullLogger<WritePipeline>.Instance);
        _running = _pipeline.RunAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _store.ReleaseAll();
        _session.ReleaseAll();
        await _stopping.CancelAsync();
        await _running.WaitAsync(Patience);
        _pipeline.Dispose();
        _cache.Dispose();
        _meter.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Nothing_is_appended_before_its_bytes_are_stored_and_nothing_answered_before_the_log_has_it()
    {
        var waiter = Append(1);
        var put = await _store.NextPutAsync();
        Assert.Empty(_session.Commits);
        Assert.False(waiter.Answered.IsCompleted);
        put.Succeed();
        var commit = await _session.NextCommitAsync();
        Assert.False(waiter.Answered.IsCompleted);
        commit.Accept(100);
        var outcome = await waiter.Answered.WaitAsync(Patience);
        Assert.Equal((WriteStatus.Committed, 100, 0), (outcome.Status, outcome.BaseOffset, outcome.LogStartOffset));
    }

    [Fact]
    public async Task An_outcome_tells_what_its_batch_waited_for()
    {
        var begun = TimeProvider.System.GetTimestamp();
        var waiter = Append(1);
        var put = await _store.NextPutAsync();
        var putSeen = TimeProvider.System.GetTimestamp();
        put.Succeed();
        var commit = await _session.NextCommitAsync();
        commit.Accept(100);
        var wait = (await waiter.Answered.WaitAsync(Patience)).Wait;
        var all = TimeProvider.System.GetElapsedTime(begun);
        Assert.InRange(wait.DueAt, begun, putSeen);
        Assert.True(wait.StoredIn > TimeSpan.Zero && wait.CommittedIn > TimeSpan.Zero, $"{wait}");
        Assert.True(wait.Since(begun, TimeProvider.System) <= all, $"{wait} is longer than all of it took, {all}");
    }

    [Fact]
    public async Task Commits_keep_the_order_of_seals_whatever_the_order_of_uploads()
    {
        Append(1);
        var first = await _store.NextPutAsync();
        Append(2);
        var second = await _store.NextPutAsync();
        second.Succeed();
        Assert.Empty(_session.Commits);
        first.Succeed();
        Assert.Equal(0, (await _session.NextCommitAsync()).Sequence);
        Assert.Equal(1, (await _session.NextCommitAsync()).Sequence);
    }

    [Fact]
    public async Task A_segment_that_cannot_be_stored_fails_its_own_requests_and_lets_later_ones_go_on()
    {
        var lost = Append(1);
        var first = await _store.NextPutAsync();
        var kept = Append(2);
        var second = await _store.NextPutAsync();
        second.Succeed();
        first.Fail();
        Assert.Equal(WriteStatus.NotStored, (await lost.Answered.WaitAsync(Patience)).Status);
        (await _session.NextCommitAsync()).Accept(7);
        Assert.Equal(7, (await kept.Answered.WaitAsync(Patience)).BaseOffset);
        Assert.Single(_session.Commits);
    }

    [Fact]
    public async Task What_an_idempotent_producer_sent_behind_a_lost_batch_is_not_committed_and_its_repetition_is()
    {
        var lost = Append(1, sequence: 0);
        var first = await _store.NextPutAsync();
        var behind = Append(2, sequence: 1);
        var second = await _store.NextPutAsync();
        second.Succeed();
        Assert.Empty(_session.Commits);
        first.Fail();
        Assert.Equal(WriteStatus.NotStored, (await lost.Answered.WaitAsync(Patience)).Status);
        Assert.Equal(WriteStatus.NotStored, (await behind.Answered.WaitAsync(Patience)).Status);

        var again = Append(1, sequence: 0);
        (await _store.NextPutAsync()).Succeed();
        (await _session.NextCommitAsync()).Accept(0);
        Assert.Equal(WriteStatus.Committed, (await again.Answered.WaitAsync(Patience)).Status);
        Assert.Single(_session.Commits);
    }

    [Fact]
    public async Task A_dead_sessions_segment_is_answered_as_not_stored_and_leaves_the_cache()
    {
        var waiter = Append(1);
        (await _store.NextPutAsync()).Succeed();
        var commit = await _session.NextCommitAsync();
        Assert.NotNull(Lease(0));
        commit.Refuse(AppendStatus.SessionEnded);
        Assert.Equal(WriteStatus.NotStored, (await waiter.Answered.WaitAsync(Patience)).Status);
        await StopAsync();
        Assert.Null(Lease(0));
    }

    [Fact]
    public async Task An_unknown_outcome_is_never_reported_as_a_failure()
    {
        var waiter = Append(1);
        (await _store.NextPutAsync()).Succeed();
        (await _session.NextCommitAsync()).Refuse(AppendStatus.OutcomeUnknown);
        Assert.Equal(WriteStatus.TimedOut, (await waiter.Answered.WaitAsync(Patience)).Status);
    }

    [Fact]
    public async Task Reading_stops_when_the_buffer_is_full_and_goes_on_when_it_is_not()
    {
        Assert.True(_pipeline.WhenRoomAsync().IsCompleted);
        Append(1, valueBytes: 1 << 20);
        var room = _pipeline.WhenRoomAsync();
        Assert.False(room.IsCompleted);
        (await _store.NextPutAsync()).Succeed();
        Assert.False(room.IsCompleted);
        (await _session.NextCommitAsync()).Accept(0);
        await room.WaitAsync(Patience);
    }

    [Fact]
    public async Task Stopping_stores_what_is_buffered_first()
    {
        var waiter = Append(1);
        var stopped = StopAsync();
        (await _store.NextPutAsync()).Succeed();
        (await _session.NextCommitAsync()).Accept(3);
        await stopped;
        Assert.Equal(3, (await waiter.Answered).BaseOffset);
    }

    [Fact]
    public async Task A_stored_segment_reads_back_as_one_extent_a_partition()
    {
        Append(1, partition: 1);
        Append(2, partition: 0);
        Append(3, partition: 1);
        var put = await _store.NextPutAsync();
        var index = SegmentIndex.TryRead(put.Content, put.Content.Length, out _)!;
        Assert.Equal([(0, 1), (1, 2)], index.Extents.ToArray().Select(extent => (extent.Partition, extent.BatchCount)));
        put.Succeed();
        var commit = await _session.NextCommitAsync();
        Assert.Equal([0u, 1u], commit.Commit.Pieces.Select(piece => piece.Partition));
        Assert.Equal((uint)put.Content.Length, commit.Commit.SizeBytes);
    }

    private Memory.SegmentBytes? Lease(long sequence) => _cache.TryLeaseWritten(new SegmentRef(RecordingSession.Ordinal, sequence));

    private Task StopAsync()
    {
        _stopping.Cancel();
        return _running.WaitAsync(Patience);
    }

    private Waiter Append(int seed, int partition = 0, int valueBytes = 10, int sequence = -1)
    {
        var value = new byte[valueBytes];
        new Random(seed).NextBytes(value);
        var builder = sequence < 0 ? new BatchBuilder() : new BatchBuilder { ProducerId = 7, ProducerEpoch = 0, BaseSequence = sequence };
        var batch = builder.Append(seed, null, value).Build();
        BatchHeader.TryRead(batch, out var header);
        var waiter = new Waiter();
        _pipeline.Append(new PartitionKey(5, TopicId, partition), header, new ReadOnlySequence<byte>(batch), waiter, 0);
        return waiter;
    }

    private sealed class Waiter : IBatchWaiter
    {
        private readonly TaskCompletionSource<WriteOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<WriteOutcome> Answered => _outcome.Task;

        public void Complete(int slot, WriteOutcome outcome) => _outcome.SetResult(outcome); // throws on a second answer
    }

    private sealed record Put(byte[] Content, TaskCompletionSource Done)
    {
        public void Succeed() => Done.TrySetResult();

        public void Fail() => Done.TrySetException(new ObjectStoreException("the store is away", isTransient: true));
    }

    private sealed class GatedStore : IObjectStore
    {
        private readonly System.Threading.Channels.Channel<Put> _puts = System.Threading.Channels.Channel.CreateUnbounded<Put>();
        private volatile bool _isOpen;

        public async Task<Put> NextPutAsync() => await _puts.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public void ReleaseAll()
        {
            _isOpen = true;
            while (_puts.Reader.TryRead(out var put)) put.Succeed();
        }

        public async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
        {
            var put = new Put(content.ToArray(), new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_isOpen) return;
            _puts.Writer.TryWrite(put);
            await put.Done.Task.WaitAsync(cancellation);
        }

        public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => throw new InvalidOperationException();

        public ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation) => throw new InvalidOperationException();

        public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, CancellationToken cancellation) => throw new InvalidOperationException();

        public ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => throw new InvalidOperationException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed record PendingCommit(CommitSegment Commit, TaskCompletionSource<AppendResult<CommitOutcome>> Result)
    {
        public long Sequence => (long)Commit.Sequence;

        public void Accept(long baseOffset) => Result.TrySetResult(new(
            AppendStatus.Applied,
            new CommitOutcome(CommitStatus.Committed, [.. Commit.Batches.Select(_ => new BatchOutcome(Metadata.State.BatchStatus.Appended, baseOffset, 0))])));

        public void Refuse(AppendStatus status) => Result.TrySetResult(new(status, null));
    }

    private sealed class RecordingSession : ISegmentSession
    {
        public const int Ordinal = 3;
        private static readonly Guid Id = new("aaaaaaaa-2222-3333-4444-555555555555");
        private readonly System.Threading.Channels.Channel<PendingCommit> _commits = System.Threading.Channels.Channel.CreateUnbounded<PendingCommit>();
        private long _sequence = -1;
        private volatile bool _isOpen;

        public ConcurrentQueue<PendingCommit> Commits { get; } = new();

        public async Task<PendingCommit> NextCommitAsync() => await _commits.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public void ReleaseAll()
        {
            _isOpen = true;
            foreach (var commit in Commits) commit.Accept(0);
        }

        public SegmentName NextSegment()
        {
            var sequence = ++_sequence;
            return new SegmentName(new SegmentRef(Ordinal, sequence), new SegmentId(Id, sequence));
        }

        public Task<AppendResult<CommitOutcome>> CommitAsync(CommitSegment commit)
        {
            var pending = new PendingCommit(commit, new(TaskCreationOptions.RunContinuationsAsynchronously));
            Commits.Enqueue(pending);
            _commits.Writer.TryWrite(pending);
            if (_isOpen) pending.Accept(0);
            return pending.Result.Task;
        }
    }
}
