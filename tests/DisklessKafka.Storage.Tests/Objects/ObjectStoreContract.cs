using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using DisklessKafka.Storage.Objects;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

/// <summary>What <see cref="IObjectStore"/> promises; every store passes all of it.</summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    private protected IObjectStore Store { get; private set; } = null!;

    /// <summary>An empty store.</summary>
    protected abstract Task<IObjectStore> OpenAsync();

    /// <summary>Called when the store has been disposed.</summary>
    protected virtual Task CloseAsync() => Task.CompletedTask;

    public async Task InitializeAsync() => Store = await OpenAsync();

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await CloseAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData((8 << 20) + 1)]
    public async Task What_was_put_is_read_back(int length)
    {
        var bytes = ObjectStoreTesting.Bytes(length);
        await Store.PutAsync("segments/a/1", bytes);
        Assert.Equal(bytes, await Store.ReadAllAsync("segments/a/1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(256 << 10)]
    public async Task Content_in_blocks_is_stored_in_order(int blockBytes)
    {
        var bytes = ObjectStoreTesting.Bytes(blockBytes * 17 + blockBytes / 2);
        await Store.PutAsync("put", ObjectStoreTesting.Blocks(bytes, blockBytes), default);
        Assert.True(await Store.TryCreateAsync("created", ObjectStoreTesting.Blocks(bytes, blockBytes), default));
        Assert.Equal(bytes, await Store.ReadAllAsync("put"));
        Assert.Equal(bytes, await Store.ReadAllAsync("created"));
    }

    [Fact]
    public async Task Content_may_begin_and_end_inside_a_block()
    {
        var bytes = ObjectStoreTesting.Bytes(100_000);
        await Store.PutAsync("slice", ObjectStoreTesting.Blocks(bytes, 4096).Slice(5000, 90_001), default);
        Assert.Equal(bytes[5000..95_001], await Store.ReadAllAsync("slice"));
    }

    [Fact]
    public async Task Put_replaces_the_object_whole()
    {
        await Store.PutAsync("key", ObjectStoreTesting.Bytes(10_000, seed: 1));
        await Store.PutAsync("key", ObjectStoreTesting.Bytes(10, seed: 2));
        Assert.Equal(ObjectStoreTesting.Bytes(10, seed: 2), await Store.ReadAllAsync("key"));
    }

    [Fact]
    public async Task Create_leaves_an_existing_object_alone()
    {
        Assert.True(await Store.TryCreateAsync("key", ObjectStoreTesting.Bytes(10, seed: 1)));
        Assert.False(await Store.TryCreateAsync("key", ObjectStoreTesting.Bytes(20, seed: 2)));
        Assert.Equal(ObjectStoreTesting.Bytes(10, seed: 1), await Store.ReadAllAsync("key"));
    }

    [Fact]
    public async Task A_deleted_key_can_be_created_again()
    {
        Assert.True(await Store.TryCreateAsync("key", ObjectStoreTesting.Bytes(10)));
        await Store.DeleteAsync(["key"], default);
        Assert.True(await Store.TryCreateAsync("key", ObjectStoreTesting.Bytes(11)));
    }

    [Fact]
    public async Task Of_many_concurrent_creates_exactly_one_wins_and_its_object_stays()
    {
        for (var round = 0; round < 8; round++)
        {
            var key = $"log/{round:D20}";
            var contents = Enumerable.Range(0, 16).Select(seed => ObjectStoreTesting.Bytes(5000 + seed, seed)).ToArray();
            var won = await Task.WhenAll(contents.Select(bytes => Task.Run(() => Store.TryCreateAsync(key, bytes))));
            Assert.Single(won, true);
            Assert.Equal(contents[Array.IndexOf(won, true)], await Store.ReadAllAsync(key));
        }
    }

    [Fact]
    public async Task Who_loses_a_create_can_read_the_winners_object_at_once()
    {
        var expected = Enumerable.Range(0, 16).Select(seed => ObjectStoreTesting.Bytes(3000, seed)).ToArray();
        var seen = await Task.WhenAll(expected.Select(bytes => Task.Run(async () =>
        {
            await Store.TryCreateAsync("log/1", bytes);
            return await Store.ReadAllAsync("log/1");
        })));
        Assert.Contains(seen[0], expected);
        Assert.All(seen, bytes => Assert.Equal(seen[0], bytes));
    }

    [Theory]
    [InlineData(0, 1000, 1000)]
    [InlineData(0, 1, 1)]
    [InlineData(999, 1, 1)]
    [InlineData(990, 100, 10)]
    [InlineData(1000, 10, 0)]
    [InlineData(1001, 10, 0)]
    [InlineData(5_000_000_000, 10, 0)]
    [InlineData(500, 0, 0)]
    [InlineData(0, 2000, 1000)]
    public async Task A_read_takes_what_there_is_of_the_range(long position, int wanted, int expected)
    {
        var bytes = ObjectStoreTesting.Bytes(1000);
        await Store.PutAsync("key", bytes);
        var destination = new byte[wanted + 8];
        var count = await Store.ReadAsync("key", position, destination.AsMemory(4, wanted), default);
        Assert.Equal(expected, count);
        if (expected > 0)
            Assert.Equal(bytes.AsSpan((int)position, expected), destination.AsSpan(4, expected));
        Assert.All(destination[..4].Concat(destination[(4 + expected)..]), each => Assert.Equal(0, each));
    }

    [Fact]
    public async Task Reading_an_empty_object_yields_nothing()
    {
        await Store.PutAsync("empty", Array.Empty<byte>());
        Assert.Equal(0, await Store.ReadAsync("empty", 0, new byte[10], default));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(100, 10)]
    [InlineData(0, 0)]
    public async Task Reading_an_absent_key_is_an_answer_and_an_error_only_to_those_who_need_it(long position, int wanted)
    {
        await Store.PutAsync("there/1", ObjectStoreTesting.Bytes(10));
        foreach (var key in new[] { "absent", "there", "there/2", "no/such/folder" })
        {
            Assert.Null(await Store.TryReadAsync(key, position, new byte[wanted], default));
            var error = await Assert.ThrowsAsync<ObjectNotFoundException>(
                async () => await Store.ReadAsync(key, position, new byte[wanted], default));
            Assert.Equal(key, error.Key);
            Assert.False(error.IsTransient);
        }
    }

    /// <summary>A log in a bucket is followed by asking for what is not there: an exception each time, through every layer, is what an idle agent would mostly do.</summary>
    [Fact]
    public async Task Asking_for_an_absent_key_throws_nothing_on_the_way()
    {
        var key = $"absent-{Guid.NewGuid():N}";
        var thrown = new ConcurrentQueue<string>();
        EventHandler<FirstChanceExceptionEventArgs> listener = (_, first) =>
        {
            if (first.Exception.Message.Contains(key, StringComparison.Ordinal)) thrown.Enqueue(first.Exception.ToString());
        };
        AppDomain.CurrentDomain.FirstChanceException += listener;
        try
        {
            Assert.Null(await Store.TryReadAsync(key, 0, new byte[1], default));
            Assert.Empty(thrown);
            await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await Store.ReadAsync(key, 0, new byte[1], default));
            Assert.NotEmpty(thrown); // the listener works
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= listener;
        }
    }

    [Fact]
    public async Task A_listing_is_in_key_order_and_knows_sizes()
    {
        string[] keys = ["a-b", "a.b", "a/b", "a/b.c", "a/c/1", "a/c/10", "a/c/2", "a0", "aA", "aa", "B", "b/~"];
        Array.Sort(keys, string.CompareOrdinal);
        for (var i = 0; i < keys.Length; i++)
            await Store.PutAsync(keys[(i * 5) % keys.Length], ObjectStoreTesting.Bytes((i * 5) % keys.Length));
        var found = await Store.ListAllAsync("");
        Assert.Equal(keys, found.Select(each => each.Key));
        Assert.Equal(Enumerable.Range(0, keys.Length).Select(i => (long)i), found.Select(each => each.Size));
        Assert.All(found, each => Assert.InRange(each.LastModified, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1)));
    }

    [Theory]
    [InlineData("a", "a-b a/b a/b.c a/c/1 ab")]
    [InlineData("a/", "a/b a/b.c a/c/1")]
    [InlineData("a/b", "a/b a/b.c")]
    [InlineData("a/c", "a/c/1")]
    [InlineData("a/c/", "a/c/1")]
    [InlineData("ab", "ab")]
    [InlineData("x", "")]
    [InlineData("a/x/y/", "")]
    public async Task A_listing_holds_the_keys_that_begin_with_the_prefix(string prefix, string expected)
    {
        foreach (var key in new[] { "a-b", "a/b", "a/b.c", "a/c/1", "ab", "b" })
            await Store.PutAsync(key, ObjectStoreTesting.Bytes(1));
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), await Store.KeysAsync(prefix));
    }

    [Theory]
    [InlineData("", "a/b", "a/b.c a/c/1 a/c/2 b")]
    [InlineData("", "a/bb", "a/c/1 a/c/2 b")]
    [InlineData("a/c/", "a/c/1", "a/c/2")]
    [InlineData("a/c/", "a/c/2", "")]
    [InlineData("a/", "a/c", "a/c/1 a/c/2")]
    [InlineData("a/c", "0", "a/c/1 a/c/2")]
    [InlineData("a/", "z", "")]
    public async Task A_listing_starts_behind_the_key_given(string prefix, string startAfter, string expected)
    {
        foreach (var key in new[] { "a/b", "a/b.c", "a/c/1", "a/c/2", "b" })
            await Store.PutAsync(key, ObjectStoreTesting.Bytes(1));
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), await Store.KeysAsync(prefix, startAfter));
    }

    [Fact]
    public async Task A_listing_of_several_pages_is_whole_and_deleting_all_of_it_empties_it()
    {
        var keys = Enumerable.Range(0, 2345).Select(number => $"log/{number:D20}").ToArray();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (key, _) =>
            await Store.PutAsync(key, ObjectStoreTesting.Bytes(3)));
        Assert.Equal(keys, await Store.KeysAsync("log/"));
        Assert.Equal(keys[1700..], await Store.KeysAsync("log/", keys[1699]));
        await Store.DeleteAsync(keys, default);
        Assert.Empty(await Store.KeysAsync(""));
    }

    [Fact]
    public async Task Deleting_takes_exactly_the_keys_given_and_absent_ones_are_fine()
    {
        foreach (var key in new[] { "a/1", "a/2", "b/1" })
            await Store.PutAsync(key, ObjectStoreTesting.Bytes(1));
        await Store.DeleteAsync(["a/1", "a/3", "no/such/folder/x", "b/1", "b/1"], default);
        await Store.DeleteAsync([], default);
        Assert.Equal(["a/2"], await Store.KeysAsync(""));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.ReadAllAsync("a/1"));
    }

    [Theory]
    [InlineData("with blank")]
    [InlineData("a+b=c&d?e#f%20g;h:i@j,k$l!m'n(o)p*q~r|s`t^u{v}w[x]y")]
    [InlineData("quo\"te<and>angle")]
    [InlineData("back\\slash")]
    [InlineData("trailing.")]
    [InlineData("%2e%2e/%2F")]
    [InlineData(" / ")]
    public async Task Odd_characters_in_keys_are_kept(string key)
    {
        var bytes = ObjectStoreTesting.Bytes(100, key.Length);
        Assert.True(await Store.TryCreateAsync("odd/" + key, bytes));
        Assert.False(await Store.TryCreateAsync("odd/" + key, bytes));
        Assert.Equal(bytes, await Store.ReadAllAsync("odd/" + key));
        Assert.Equal(["odd/" + key], await Store.KeysAsync("odd/"));
        Assert.Equal(["odd/" + key], await Store.KeysAsync("odd/" + key));
        await Store.DeleteAsync(["odd/" + key], default);
        Assert.Empty(await Store.KeysAsync(""));
    }

    [Fact]
    public async Task The_longest_key_works()
    {
        var part = new string('k', ObjectKey.MaxPartLength);
        var key = string.Join('/', part, part, part, part, new string('k', ObjectKey.MaxLength - 4 * (ObjectKey.MaxPartLength + 1)));
        Assert.Equal(ObjectKey.MaxLength, key.Length);
        await Store.PutAsync(key, ObjectStoreTesting.Bytes(1));
        Assert.Equal([key], await Store.KeysAsync("k"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("a/./b")]
    [InlineData(".incoming/0/1")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("größe")]
    public async Task What_cannot_be_a_key_is_refused_by_every_call(string key)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutAsync(key, ObjectStoreTesting.Bytes(1)));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.TryCreateAsync(key, ObjectStoreTesting.Bytes(1)));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.ReadAllAsync(key));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.DeleteAsync(["fine", key], default));
        Assert.Empty(await Store.KeysAsync(""));
    }

    [Fact]
    public async Task A_call_with_a_cancelled_token_does_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var content = ObjectStoreTesting.Sequence(ObjectStoreTesting.Bytes(10));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync("a", content, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.TryCreateAsync("a", content, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadAsync("a", 0, new byte[1], cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.DeleteAsync(["a"], cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListAsync("", null, cancelled.Token).ToListAsync());
        Assert.Empty(await Store.KeysAsync(""));
    }

    [Fact]
    public async Task Cancelling_a_write_half_way_leaves_the_object_whole_or_absent()
    {
        var bytes = ObjectStoreTesting.Bytes(4 << 20);
        for (var round = 0; round < 10; round++)
        {
            using var cancel = new CancellationTokenSource();
            var write = Store.PutAsync($"key/{round}", ObjectStoreTesting.Blocks(bytes, 64 << 10), cancel.Token).AsTask();
            cancel.CancelAfter(TimeSpan.FromMilliseconds(round));
            await ((Task)write).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            Assert.True(write.IsCompletedSuccessfully || write.IsCanceled, $"{write.Exception}");
        }

        foreach (var found in await Store.ListAllAsync(""))
            Assert.Equal(bytes, await Store.ReadAllAsync(found.Key));
    }

    [Fact]
    public async Task A_reader_beside_writers_sees_one_whole_object()
    {
        var contents = Enumerable.Range(0, 4).Select(seed => ObjectStoreTesting.Bytes(200_000, seed)).ToArray();
        await Store.PutAsync("key", contents[0]);
        using var readEnough = new CancellationTokenSource(); // the writers go on until then, however fast either side is
        var writers = Task.WhenAll(contents.Select(bytes => Task.Run(async () =>
        {
            do await ObjectStoreTesting.RetriedAsync(() => Store.PutAsync("key", bytes));
            while (!readEnough.IsCancellationRequested);
        })));
        for (var reads = 0; reads < 30; reads++)
        {
            var destination = new byte[200_001];
            await ObjectStoreTesting.RetriedAsync(async () =>
                Assert.Equal(200_000, await Store.ReadAsync("key", 0, destination, default)));
            Assert.Contains(contents, bytes => destination.AsSpan(0, 200_000).SequenceEqual(bytes));
        }

        await readEnough.CancelAsync();
        await writers;
    }

    [Fact]
    public async Task Many_puts_and_gets_side_by_side_do_not_mix()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 64), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (seed, _) =>
        {
            var bytes = ObjectStoreTesting.Bytes(100_000 + seed, seed);
            await Store.PutAsync($"segments/{seed % 7}/{seed}", ObjectStoreTesting.Blocks(bytes, 10_000), default);
            Assert.Equal(bytes, await Store.ReadAllAsync($"segments/{seed % 7}/{seed}"));
        });
        Assert.Equal(64, (await Store.ListAllAsync("segments/")).Count);
    }
}
