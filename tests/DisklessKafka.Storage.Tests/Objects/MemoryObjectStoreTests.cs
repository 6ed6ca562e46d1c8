using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

public sealed class MemoryObjectStoreContract : ObjectStoreContract
{
    protected override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(new MemoryObjectStore(TimeProvider.System));
}

public sealed class MemoryObjectStoreTests
{
    private sealed class Script(params ObjectStoreFault[] faults) : IObjectStoreFaults
    {
        private int _next;

        public ObjectStoreFault Next(ObjectStoreOperation operation, string key) =>
            _next < faults.Length ? faults[_next++] : ObjectStoreFault.None;
    }

    private static MemoryObjectStore With(ObjectStoreFaultKind kind) =>
        new(TimeProvider.System, faults: new Script(new ObjectStoreFault(kind)));

    [Fact]
    public async Task A_call_that_fails_before_it_takes_effect_leaves_nothing()
    {
        var store = With(ObjectStoreFaultKind.FailBefore);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync("key", [1]));
        Assert.True(error.IsTransient);
        Assert.Empty(await store.KeysAsync(""));
    }

    [Fact]
    public async Task A_call_that_fails_after_it_took_effect_leaves_the_object()
    {
        var store = With(ObjectStoreFaultKind.FailAfter);
        await Assert.ThrowsAsync<ObjectStoreException>(() => store.TryCreateAsync("key", [1]));
        Assert.False(await store.TryCreateAsync("key", [2]));
        Assert.Equal([1], await store.ReadAllAsync("key"));
    }

    [Theory]
    [InlineData(ObjectStoreFaultKind.HangBefore, false)]
    [InlineData(ObjectStoreFaultKind.HangAfter, true)]
    public async Task A_call_that_hangs_ends_when_it_is_cancelled(ObjectStoreFaultKind kind, bool tookEffect)
    {
        var store = With(kind);
        using var cancel = new CancellationTokenSource();
        var put = store.PutAsync("key", ObjectStoreTesting.Sequence([1]), cancel.Token).AsTask();
        Assert.False(put.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
        Assert.Equal(tookEffect ? ["key"] : [], await store.KeysAsync(""));
    }

    [Fact]
    public async Task Throttling_may_be_retried_and_a_refusal_may_not()
    {
        var store = new MemoryObjectStore(TimeProvider.System, faults: new Script(
            new(ObjectStoreFaultKind.Throttle), new(ObjectStoreFaultKind.Refuse)));
        Assert.True((await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync("key", [1]))).IsTransient);
        Assert.False((await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync("key", [1]))).IsTransient);
    }

    [Fact]
    public async Task Latency_runs_on_the_clock_given()
    {
        var time = new ManualTime();
        var store = new MemoryObjectStore(time, new() { PutLatency = TimeSpan.FromMilliseconds(50), GetLatency = TimeSpan.FromMilliseconds(20) });
        var put = store.PutAsync("key", [1]);
        Assert.Empty(await store.KeysAsync(""));
        time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(put.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await put.WaitAsync(TimeSpan.FromSeconds(10));
        var get = store.ReadAllAsync("key");
        Assert.False(get.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal([1], await get.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Without_latency_calls_complete_on_the_callers_stack()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        Assert.True(store.PutAsync("key", [1]).IsCompletedSuccessfully);
        Assert.True(store.ReadAsync("key", 0, new byte[1], default).AsTask().IsCompletedSuccessfully);
        Assert.True(store.DeleteAsync(["key"], default).AsTask().IsCompletedSuccessfully);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Calls_and_bytes_are_counted()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync("a", new byte[10]);
        await store.TryCreateAsync("a", new byte[5]);
        await store.ReadAsync("a", 4, new byte[100], default);
        await store.ListAllAsync("");
        await store.DeleteAsync(["a", "b"], default);
        Assert.Equal(new ObjectStoreCounts(Puts: 1, Creates: 1, Reads: 1, Lists: 1, Deletes: 1, BytesWritten: 15, BytesRead: 6), store.Counts);
    }

    [Fact]
    public async Task A_full_store_refuses_until_something_is_deleted()
    {
        var store = new MemoryObjectStore(TimeProvider.System, new() { CapacityBytes = 100 });
        await store.PutAsync("a", new byte[60]);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync("b", new byte[60]));
        Assert.True(error.IsTransient);
        await store.PutAsync("a", new byte[100]);
        await store.DeleteAsync(["a"], default);
        await store.PutAsync("b", new byte[60]);
    }

    [Fact]
    public async Task A_store_told_to_forget_drops_the_oldest_first()
    {
        var store = new MemoryObjectStore(TimeProvider.System, new() { CapacityBytes = 100, ForgetOldest = true });
        await store.PutAsync("a", new byte[40]);
        await store.PutAsync("b", new byte[40]);
        await store.PutAsync("a", new byte[40]);
        await store.PutAsync("c", new byte[40]);
        Assert.Equal(["a", "c"], await store.KeysAsync(""));
    }

    [Fact]
    public async Task A_read_sees_one_object_whole_while_its_memory_is_used_again()
    {
        const int Length = (3 << 20) + 17, Reads = 150;
        var store = new MemoryObjectStore(TimeProvider.System, new() { CapacityBytes = 2 * Length, ForgetOldest = true });
        await store.PutAsync("0", Filled(0));
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var buffer = new byte[Length];
            for (var reads = 0; reads < Reads;)
            {
                var oldest = (await store.KeysAsync("")).Min(key => int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)); // the next to be forgotten
                if (await store.TryReadAsync($"{oldest}", 0, buffer, CancellationToken.None) is not { } read) continue;
                Assert.Equal(Length, read);
                Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept((byte)oldest));
                reads++;
            }
        })).ToArray();
        var reading = Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60));
        for (var round = 1; !reading.IsCompleted; round++) await store.PutAsync($"{round}", Filled((byte)round));
        await reading;

        static byte[] Filled(byte value)
        {
            var content = new byte[Length];
            Array.Fill(content, value);
            return content;
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData((1 << 20) - 3, 9)]
    [InlineData((2 << 20) + 1, 400)]
    [InlineData((2 << 20) + 100, 400)]
    public async Task A_range_is_read_across_blocks(int position, int count)
    {
        var content = new byte[(2 << 20) + 200];
        new Random(1).NextBytes(content);
        var store = new MemoryObjectStore(TimeProvider.System);
        await store.PutAsync("key", content);
        var buffer = new byte[count];
        var read = await store.TryReadAsync("key", position, buffer, CancellationToken.None);
        Assert.Equal(content.AsSpan(position, Math.Min(count, content.Length - position)).ToArray(), buffer.AsSpan(0, read!.Value).ToArray());
    }
}
