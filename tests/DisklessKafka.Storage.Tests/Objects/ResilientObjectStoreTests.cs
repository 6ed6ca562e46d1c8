using System.Buffers;
using System.Diagnostics.Metrics;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.Storage.Objects.Resilience;
using DisklessKafka.TestKit.Simulation;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

/// <summary>The contract holds while every third call fails or is throttled.</summary>
public sealed class ResilientObjectStoreContract : ObjectStoreContract
{
    private readonly Meter _meter = new("test");

    protected override Task<IObjectStore> OpenAsync()
    {
        var options = new ResilienceOptions { RetryDelay = TimeSpan.FromMilliseconds(10), MaxRetryDelay = TimeSpan.FromMilliseconds(50), Retries = 30 };
        return Task.FromResult<IObjectStore>(new ResilientObjectStore(
            new MemoryObjectStore(TimeProvider.System, faults: new EveryThird()), options, TimeProvider.System, new Random(1), _meter));
    }

    private sealed class EveryThird : IObjectStoreFaults
    {
        private int _calls;

        public ObjectStoreFault Next(ObjectStoreOperation operation, string key) => (Interlocked.Increment(ref _calls) % 6) switch
        {
            0 => new(ObjectStoreFaultKind.Throttle),
            3 => new(ObjectStoreFaultKind.FailBefore),
            _ => ObjectStoreFault.None,
        };
    }
}

public sealed class ResilientObjectStoreTests : IDisposable
{
    private static readonly byte[] Content = ObjectStoreTesting.Bytes(1000);

    private readonly ManualTime _time = new();
    private readonly Meter _meter = new("test");

    public void Dispose() => _meter.Dispose();

    private ResilientObjectStore Around(IObjectStore inner, ResilienceOptions? options = null, int seed = 1) =>
        new(inner, options ?? new(), _time, new Random(seed), _meter);

    private MemoryObjectStore Memory(params ObjectStoreFaultKind[] faults) =>
        new(_time, faults: new Script([.. faults.Select(kind => new ObjectStoreFault(kind))]));

    private sealed class Script(params ObjectStoreFault[] faults) : IObjectStoreFaults
    {
        private int _next;

        public ObjectStoreFault Next(ObjectStoreOperation operation, string key) =>
            _next < faults.Length ? faults[_next++] : ObjectStoreFault.None;
    }

    private sealed class Always(ObjectStoreFaultKind kind) : IObjectStoreFaults
    {
        public ObjectStoreFaultKind Kind { get; set; } = kind;

        public ObjectStoreFault Next(ObjectStoreOperation operation, string key) => new(Kind);
    }

    [Fact]
    public async Task A_failed_write_is_tried_again_until_it_succeeds()
    {
        var inner = Memory(ObjectStoreFaultKind.FailBefore, ObjectStoreFaultKind.Throttle, ObjectStoreFaultKind.FailAfter);
        _time.Run(() => Around(inner).PutAsync("key", Content));
        Assert.Equal(4, inner.Counts.Puts);
        Assert.Equal(Content, await inner.ReadAllAsync("key"));
    }

    [Fact]
    public void What_no_retry_mends_is_reported_at_once()
    {
        var inner = Memory(ObjectStoreFaultKind.Refuse);
        var store = Around(inner);
        var error = Assert.Throws<ObjectStoreException>(() => _time.Run(() => store.PutAsync("key", Content)));
        Assert.False(error.IsTransient);
        Assert.Null(_time.Run(() => store.TryReadAsync("absent", 0, new byte[1], default).AsTask()));
        Assert.Equal((1, 1), (inner.Counts.Puts, inner.Counts.Reads));
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_finds_its_own_object()
    {
        var inner = Memory(ObjectStoreFaultKind.FailAfter);
        Assert.False(_time.Run(() => Around(inner).TryCreateAsync("key", Content)));
        Assert.Equal(Content, await inner.ReadAllAsync("key"));
    }

    [Fact]
    public void A_try_that_hangs_is_given_up_and_repeated()
    {
        var inner = Memory(ObjectStoreFaultKind.HangBefore, ObjectStoreFaultKind.HangAfter);
        var begun = _time.GetUtcNow();
        _time.Run(() => Around(inner, new() { WriteTimeout = TimeSpan.FromSeconds(7), WriteHedgeDelay = null }).PutAsync("key", Content));
        Assert.InRange(_time.GetUtcNow() - begun, TimeSpan.FromSeconds(14), TimeSpan.FromSeconds(15));
        Assert.Equal(3, inner.Counts.Puts);
    }

    [Fact]
    public void A_store_that_stays_away_yields_a_transient_failure_after_all_retries()
    {
        var inner = new MemoryObjectStore(_time, faults: new Always(ObjectStoreFaultKind.HangBefore));
        var store = Around(inner, new ResilienceOptions { Retries = 3 }.WithoutHedging());
        var error = Assert.Throws<ObjectStoreException>(() => _time.Run(() => store.PutAsync("key", Content)));
        Assert.True(error.IsTransient);
        Assert.Contains("not answered within 15 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, inner.Counts.Puts);
    }

    [Fact]
    public async Task The_caller_can_give_up_at_any_time()
    {
        var inner = new MemoryObjectStore(_time, faults: new Always(ObjectStoreFaultKind.HangBefore));
        using var cancel = new CancellationTokenSource();
        var put = Around(inner).PutAsync("key", ObjectStoreTesting.Sequence(Content), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(1, inner.Counts.Puts);
    }

    [Fact]
    public void The_same_seed_gives_the_same_pauses_and_another_seed_others()
    {
        List<TimeSpan> Pauses(int seed)
        {
            var times = new TriesRecorder(_time);
            var store = Around(new MemoryObjectStore(_time, faults: times), seed: seed);
            Assert.Throws<ObjectStoreException>(() => _time.Run(() => store.PutAsync("key", Content)));
            return times.Pauses;
        }

        var first = Pauses(seed: 7);
        Assert.Equal(new ResilienceOptions().Retries, first.Count);
        Assert.Equal(first, Pauses(seed: 7));
        Assert.NotEqual(first, Pauses(seed: 8));
        Assert.True(first[^1] > first[0] * 3, "the pauses do not grow");
        Assert.All(first, pause => Assert.InRange(pause, TimeSpan.Zero, new ResilienceOptions().MaxRetryDelay));
    }

    private sealed class TriesRecorder(TimeProvider time) : IObjectStoreFaults
    {
        private readonly List<DateTimeOffset> _times = [];

        public List<TimeSpan> Pauses => [.. _times.Zip(_times.Skip(1), (earlier, later) => later - earlier)];

        public ObjectStoreFault Next(ObjectStoreOperation operation, string key)
        {
            _times.Add(time.GetUtcNow());
            return new(ObjectStoreFaultKind.FailBefore);
        }
    }

    [Fact]
    public async Task A_slow_put_is_sent_a_second_time_and_the_faster_one_counts()
    {
        var inner = new MemoryObjectStore(_time, faults: new Script(new(ObjectStoreFaultKind.HangBefore), new(ObjectStoreFaultKind.None, TimeSpan.FromMilliseconds(100))));
        var begun = _time.GetUtcNow();
        _time.Run(() => Around(inner, new() { WriteHedgeDelay = TimeSpan.FromSeconds(1) }).PutAsync("key", Content));
        Assert.Equal(TimeSpan.FromMilliseconds(1100), _time.GetUtcNow() - begun);
        Assert.Equal(2, inner.Counts.Puts);
        Assert.Equal(Content, await inner.ReadAllAsync("key"));
    }

    [Theory]
    [InlineData(ObjectStoreFaultKind.HangBefore, true)]
    [InlineData(ObjectStoreFaultKind.HangAfter, false)] // the first one's object is there: whoever needs to know reads it
    public async Task A_slow_create_is_sent_a_second_time(ObjectStoreFaultKind first, bool created)
    {
        var inner = new MemoryObjectStore(_time, faults: new Script(new(first), new(ObjectStoreFaultKind.None, TimeSpan.FromMilliseconds(100))));
        var begun = _time.GetUtcNow();
        Assert.Equal(created, _time.Run(() => Around(inner, new() { WriteHedgeDelay = TimeSpan.FromSeconds(1) }).TryCreateAsync("key", Content)));
        Assert.Equal(TimeSpan.FromMilliseconds(1100), _time.GetUtcNow() - begun);
        Assert.Equal(Content, await inner.ReadAllAsync("key"));
    }

    [Fact]
    public async Task A_call_returns_only_when_its_losing_try_no_longer_uses_the_callers_memory()
    {
        var inner = new HandDriven();
        var put = Around(inner).PutAsync("key", Content);
        _time.Advance(new ResilienceOptions().WriteHedgeDelay!.Value);
        await inner.WaitForCallsAsync(2);
        inner.Calls[1].Done.SetResult();
        await inner.Calls[0].Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(put.IsCompleted, "the put returned while its first try was still under way");
        inner.Calls[0].Done.SetException(new OperationCanceledException());
        await put.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_losing_read_cannot_touch_what_the_winner_delivered()
    {
        var inner = new HandDriven();
        var destination = new byte[4];
        var read = Around(inner).ReadAsync("key", 0, destination, default).AsTask();
        _time.Advance(new ResilienceOptions().ReadHedgeDelay!.Value);
        await inner.WaitForCallsAsync(2);
        "good"u8.CopyTo(inner.Calls[1].Destination.Span);
        inner.Calls[1].Done.SetResult();
        await inner.Calls[0].Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        "evil"u8.CopyTo(inner.Calls[0].Destination.Span);
        inner.Calls[0].Done.SetException(new OperationCanceledException());
        Assert.Equal(4, await read.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("good"u8, destination);
    }

    [Fact]
    public async Task When_the_first_of_two_reads_wins_it_has_written_straight_into_the_callers_memory()
    {
        var inner = new HandDriven();
        var destination = new byte[4];
        var read = Around(inner).ReadAsync("key", 0, destination, default).AsTask();
        _time.Advance(new ResilienceOptions().ReadHedgeDelay!.Value);
        await inner.WaitForCallsAsync(2);
        "good"u8.CopyTo(inner.Calls[0].Destination.Span);
        inner.Calls[0].Done.SetResult();
        await inner.Calls[1].Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        inner.Calls[1].Done.SetException(new OperationCanceledException());
        Assert.Equal(4, await read.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("good"u8, destination);
    }

    [Fact]
    public void Hedging_adds_no_more_than_its_share_of_requests()
    {
        var faults = new Always(ObjectStoreFaultKind.None);
        var inner = new MemoryObjectStore(_time, new() { PutLatency = TimeSpan.FromSeconds(3) }, faults);
        var store = Around(inner, new() { MaxHedgeShare = 0.1 });
        for (var i = 0; i < 100; i++)
            _time.Run(() => store.PutAsync($"key/{i}", Content));
        Assert.InRange(inner.Counts.Puts, 105, 112);
    }

    [Fact]
    public void A_store_that_fails_nearly_always_is_left_alone_and_asked_again_later()
    {
        var faults = new Always(ObjectStoreFaultKind.FailBefore);
        var inner = new MemoryObjectStore(_time, faults: faults);
        var store = Around(inner, new() { Retries = 1, BreakerMinimumTries = 10, BreakerPause = TimeSpan.FromSeconds(1) });
        for (var i = 0; i < 50; i++)
            Assert.Throws<ObjectStoreException>(() => _time.Run(() => store.PutAsync("key", Content)));
        Assert.InRange(inner.Counts.Puts, 10, 30);
        var asked = inner.Counts.Puts;
        // Reads have a breaker of their own: what ails the writes does not stop them.
        Assert.Throws<ObjectStoreException>(() => _time.Run(() => store.ReadAsync("key", 0, new byte[1], default).AsTask()));
        Assert.Equal(2, inner.Counts.Reads);

        faults.Kind = ObjectStoreFaultKind.None;
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Run(() => store.PutAsync("key", Content));
        Assert.Equal(asked + 1, inner.Counts.Puts);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void A_store_that_was_left_alone_is_asked_again_in_time_though_the_clock_was_set_meanwhile(int seconds)
    {
        var faults = new Always(ObjectStoreFaultKind.FailBefore);
        var inner = new MemoryObjectStore(_time, faults: faults);
        var store = Around(inner, new() { Retries = 1, BreakerMinimumTries = 10, BreakerPause = TimeSpan.FromSeconds(1) });
        for (var i = 0; i < 50; i++)
            Assert.Throws<ObjectStoreException>(() => _time.Run(() => store.PutAsync("key", Content)));
        faults.Kind = ObjectStoreFaultKind.None;
        _time.Skew = TimeSpan.FromSeconds(seconds);
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Run(() => store.PutAsync("key", Content));
    }

    [Fact]
    public async Task A_listing_goes_on_where_it_failed_and_repeats_nothing()
    {
        var inner = Memory();
        var keys = Enumerable.Range(0, 3500).Select(number => $"k/{number:D5}").ToArray();
        foreach (var key in keys)
            await inner.PutAsync(key, []);
        var copy = new MemoryObjectStore(_time, faults: new Script([.. Enumerable.Repeat(ObjectStoreFault.None, 3500),
            new(ObjectStoreFaultKind.Throttle), ObjectStoreFault.None, new(ObjectStoreFaultKind.FailAfter), ObjectStoreFault.None, new(ObjectStoreFaultKind.HangBefore)]));
        foreach (var key in keys)
            await copy.PutAsync(key, []);
        Assert.Equal(keys, _time.Run(() => Around(copy).KeysAsync("")));
        Assert.Equal(7, copy.Counts.Lists);
    }

    [Fact]
    public void A_throttled_delete_makes_progress_and_never_asks_twice_for_what_is_gone()
    {
        var inner = new TenPerDelete();
        var keys = Enumerable.Range(0, 1234).Select(number => $"k/{number}").ToArray();
        _time.Run(() => Around(inner).DeleteAsync(keys, default).AsTask());
        Assert.Equal(keys.Order(), inner.Deleted.Order());
    }

    [Fact]
    public void A_delete_that_cannot_go_on_names_what_is_left()
    {
        var inner = new TenPerDelete { Limit = 1015 };
        var keys = Enumerable.Range(0, 2500).Select(number => $"k/{number}").ToArray();
        var error = Assert.Throws<PartialDeleteException>(() => _time.Run(() => Around(inner).DeleteAsync(keys, default).AsTask()));
        Assert.True(error.IsTransient);
        Assert.Equal(keys.Except(inner.Deleted), error.Remaining);
        Assert.Equal(1015, inner.Deleted.Count);
    }

    [Fact]
    public void Tries_are_measured_by_operation_and_outcome()
    {
        var seen = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter == _meter) self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {tags[0].Value} {tags[1].Value} {value}"));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {tags[0].Value} {value}"));
        listener.Start();
        var store = Around(Memory(ObjectStoreFaultKind.Throttle));
        _time.Run(() => store.TryCreateAsync("key", Content));
        Assert.Throws<ObjectNotFoundException>(() => _time.Run(() => store.ReadAllAsync("absent")));
        Assert.Equal(
            ["diskless.object_store.try.duration create transient 0", "diskless.object_store.retries create 1",
             "diskless.object_store.try.duration create ok 0", "diskless.object_store.try.duration read not_found 0"],
            seen);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused_with_a_plain_message()
    {
        var error = Assert.Throws<ArgumentException>(() => Around(Memory(), new() { WriteHedgeDelay = TimeSpan.FromSeconds(20) }));
        Assert.Equal("WriteHedgeDelay must be above 0 and below WriteTimeout, or absent", error.Message);
        Assert.Throws<ArgumentException>(() => Around(Memory(), new() { RetryDelay = TimeSpan.FromSeconds(5) }));
        Assert.Throws<ArgumentException>(() => Around(Memory(), new() { Retries = 0 }));
        Assert.Throws<ArgumentException>(() => Around(Memory(), new() { MaxHedgeShare = 2 }));
    }

    /// <summary>Deletes the first ten keys of a call and is throttled for the others.</summary>
    private sealed class TenPerDelete : ScriptedStore
    {
        public List<string> Deleted { get; } = [];

        public int Limit { get; init; } = int.MaxValue;

        public override ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
        {
            var now = keys.Take(Math.Min(10, Limit - Deleted.Count)).ToArray();
            Assert.Empty(now.Intersect(Deleted));
            Deleted.AddRange(now);
            return now.Length == keys.Count ? default : throw new PartialDeleteException("SlowDown", isTransient: true, [.. keys.Skip(now.Length)]);
        }
    }

    /// <summary>Every put and read waits until the test ends it, whatever its token says.</summary>
    private sealed class HandDriven : ScriptedStore
    {
        private readonly SemaphoreSlim _begun = new(0);

        public List<Call> Calls { get; } = [];

        public async Task WaitForCallsAsync(int count)
        {
            for (var i = 0; i < count; i++)
                Assert.True(await _begun.WaitAsync(TimeSpan.FromSeconds(10)), $"only {i} calls were made");
        }

        public override async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
            await Begin(default, cancellation);

        public override async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
        {
            await Begin(destination, cancellation);
            return destination.Length;
        }

        private Task Begin(Memory<byte> destination, CancellationToken cancellation)
        {
            var call = new Call(destination);
            cancellation.Register(() => call.Cancelled.TrySetResult());
            Calls.Add(call);
            _begun.Release();
            return call.Done.Task;
        }
    }

    private sealed record Call(Memory<byte> Destination)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [Fact]
    public void A_read_that_is_given_up_before_it_is_hedged_stays_on_its_scheduler() => SimulatedWorld.Run(1, TimeSpan.FromMinutes(1), async (_, node) =>
    {
        var store = new ResilientObjectStore(new SlowReads(node.Clock), new(), node.Clock, new Random(1), _meter);
        using var enough = new CancellationTokenSource();
        var reading = store.TryReadAsync("key", 0, new byte[1], enough.Token).AsTask();
        await node.Clock.Delay(TimeSpan.FromMilliseconds(1));
        enough.Cancel();
        // What has gone to the thread pool by mistake is back when these have run there, and fails the world.
        for (var i = 0; i < 10; i++)
        {
            using var ran = new ManualResetEventSlim();
            ThreadPool.QueueUserWorkItem(_ => ran.Set());
            Assert.True(ran.Wait(TimeSpan.FromSeconds(30)), "the thread pool did nothing");
        }

        Assert.Equal(1, await reading);
    });

    /// <summary>Reads take a second, whoever still wants them.</summary>
    private sealed class SlowReads(TimeProvider time) : ScriptedStore
    {
        public override async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, CancellationToken.None);
            return destination.Length;
        }
    }
}
