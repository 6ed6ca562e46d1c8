using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Local;
using DisklessKafka.TestKit.Servers;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

public sealed class LocalObjectStoreContract : ObjectStoreContract
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("objects-");

    protected override Task<IObjectStore> OpenAsync() =>
        Task.FromResult<IObjectStore>(LocalObjectStore.Open(_folder.FullName, new BlockingIoScheduler()));

    protected override Task CloseAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}

public sealed class LocalObjectStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("objects-");
    private readonly BlockingIoScheduler _io = new();

    public void Dispose() => _folder.Delete(recursive: true);

    private LocalObjectStore Open(string below = "") => LocalObjectStore.Open(Path.Combine(_folder.FullName, below), _io);

    private string[] HalfWritten(string below = "") =>
        [.. Directory.EnumerateFiles(Path.Combine(_folder.FullName, below, ".incoming"), "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "lock")];

    [Fact]
    public async Task Missing_folders_are_made_and_an_existing_store_is_found_again()
    {
        await using (var store = Open("a/b/c"))
            await store.PutAsync("segments/x/1", [1, 2, 3]);
        await using var again = Open("a/b/c");
        Assert.Equal([1, 2, 3], await again.ReadAllAsync("segments/x/1"));
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "a/b/c/segments/x/1")));
    }

    [Theory]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData((2 << 20) + 4096)]
    [InlineData((8 << 20) + 4095)]
    public async Task Large_objects_are_whole_whether_or_not_they_can_be_written_past_the_page_cache(int bytes)
    {
        var content = ObjectStoreTesting.Bytes(bytes);
        var blocks = ObjectStoreTesting.Blocks(content, 70_001);
        await using var direct = Open("direct");
        // No disk takes writes that are no multiple of its blocks: the kernel refuses the first, and what was begun is written anew.
        await using var refused = LocalObjectStore.Open(Path.Combine(_folder.FullName, "refused"), _io, new DirectWriter(alignmentBytes: 1));
        foreach (var store in new[] { direct, refused })
        {
            for (var i = 0; i < 2; i++)
            {
                await store.PutAsync($"put/{i}", blocks, default);
                Assert.True(await store.TryCreateAsync($"created/{i}", blocks, default));
                Assert.Equal(content, await store.ReadAllAsync($"put/{i}"));
                Assert.Equal(content, await store.ReadAllAsync($"created/{i}"));
            }
        }
    }

    [Fact]
    public async Task Nothing_half_written_stays_behind_a_write_or_a_lost_create()
    {
        await using var store = Open();
        await store.PutAsync("a", new byte[100_000]);
        await store.TryCreateAsync("a", new byte[100_000]);
        await store.TryCreateAsync("b", new byte[100_000]);
        Assert.Empty(HalfWritten());
    }

    [Fact]
    public async Task An_object_being_written_is_not_seen_before_it_is_whole()
    {
        await using var store = Open();
        var bytes = ObjectStoreTesting.Bytes(16 << 20);
        var put = store.PutAsync("key", bytes);
        var seenHalf = false;
        while (!put.IsCompleted)
        {
            var path = Path.Combine(_folder.FullName, "key");
            seenHalf |= File.Exists(path) && new FileInfo(path).Length != bytes.Length;
        }

        await put;
        Assert.False(seenHalf);
    }

    [Fact]
    public async Task What_a_killed_process_left_half_written_is_cleared_away_and_what_a_living_one_writes_is_not()
    {
        await using var living = Open();
        var slot = Path.GetDirectoryName(Directory.EnumerateFiles(Path.Combine(_folder.FullName, ".incoming"), "lock", SearchOption.AllDirectories).Single())!;
        await File.WriteAllTextAsync(Path.Combine(slot, "17"), "being written");
        foreach (var dead in new[] { "1", "2" })
        {
            Directory.CreateDirectory(Path.Combine(_folder.FullName, ".incoming", dead));
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, ".incoming", dead, "17"), "half");
        }

        await using var second = Open();
        Assert.Equal([Path.Combine(slot, "17")], HalfWritten());
        Assert.Empty(await second.KeysAsync(""));
    }

    [Fact]
    public async Task Killing_a_process_in_the_middle_of_a_write_leaves_no_object_and_a_slot_that_the_next_start_clears()
    {
        // A stand-in for an agent: it holds a slot's lock as an agent does (flock) and keeps writing into the slot.
        var slot = Directory.CreateDirectory(Path.Combine(_folder.FullName, ".incoming", "0")).FullName;
        await using var agent = ServerProcess.Start("/bin/sh", ["-c",
            $"exec 9>'{slot}/lock'; flock 9; echo locked; dd if=/dev/zero of='{slot}/1' bs=1M count=1 2>/dev/null; echo written; exec sleep 600"]);
        await agent.WaitForLineAsync("that half of it is written", line => line == "written", TimeSpan.FromSeconds(20));
        await using (var beside = Open())
            Assert.Equal([$"{slot}/1"], HalfWritten());

        await agent.KillAsync();
        await using var next = Open();
        Assert.Empty(HalfWritten());
        Assert.Empty(await next.KeysAsync(""));
    }

    [Fact]
    public async Task Two_stores_over_one_folder_see_each_others_writes_at_once()
    {
        await using var one = Open();
        await using var two = Open();
        await one.PutAsync("key", [1]);
        Assert.Equal([1], await two.ReadAllAsync("key"));
        await two.PutAsync("key", [2]);
        Assert.Equal([2], await one.ReadAllAsync("key"));
        Assert.False(await one.TryCreateAsync("key", [3]));
        await two.DeleteAsync(["key"], default);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => one.ReadAllAsync("key"));
        var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => (i % 2 == 0 ? one : two).TryCreateAsync("race", [(byte)i]))));
        Assert.Single(won, true);
    }

    [Fact]
    public async Task A_folder_that_was_deleted_meanwhile_is_made_again()
    {
        await using var store = Open();
        await store.PutAsync("segments/a/1", [1]);
        Directory.Delete(Path.Combine(_folder.FullName, "segments"), recursive: true);
        await store.PutAsync("segments/a/2", [2]);
        Assert.True(await store.TryCreateAsync("segments/a/3", [3]));
        Assert.Equal(["segments/a/2", "segments/a/3"], await store.KeysAsync(""));
    }

    [Fact]
    public async Task A_key_that_is_a_folder_of_others_is_refused_plainly()
    {
        await using var store = Open();
        await store.PutAsync("a/b", [1]);
        foreach (var key in new[] { "a", "a/b/c" })
        {
            var error = await Assert.ThrowsAnyAsync<ObjectStoreException>(() => store.PutAsync(key, [1]));
            Assert.False(error.IsTransient);
            Assert.Contains("folder in one key and an object in another", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(HalfWritten());
        Assert.Equal(["a/b"], await store.KeysAsync(""));
    }

    [Fact]
    public async Task Files_that_are_not_ours_are_not_listed()
    {
        await using var store = Open();
        await store.PutAsync("a", [1]);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, ".hidden"), "");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "größe"), "");
        Assert.Equal(["a"], await store.KeysAsync(""));
    }

    [Fact]
    public void A_place_that_cannot_be_a_folder_is_refused_at_start()
    {
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        foreach (var path in new[] { file, file + "/below", "/proc/nothing/can/be/made/here" })
        {
            var error = Assert.Throws<ObjectStoreException>(() => LocalObjectStore.Open(path, _io));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public async Task A_full_disk_fails_the_write_plainly_leaves_nothing_and_recovers()
    {
        await using var disk = await SmallDisk.MountAsync(Path.Combine(_folder.FullName, "small"), kibibytes: 512);
        await using var store = Open("small/store");
        await store.PutAsync("first", new byte[200 << 10]);
        foreach (var write in new Func<Task>[] { () => store.PutAsync("second", new byte[400 << 10]), () => store.TryCreateAsync("second", new byte[400 << 10]) })
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(write);
            Assert.True(error.IsTransient);
            Assert.Contains("is full", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["first"], await store.KeysAsync(""));
        Assert.Empty(HalfWritten("small/store"));
        await store.DeleteAsync(["first"], default);
        await store.PutAsync("second", new byte[400 << 10]);
    }

    /// <summary>A file system of its own in memory. Mounting needs root.</summary>
    private sealed class SmallDisk(string path) : IAsyncDisposable
    {
        public static async Task<SmallDisk> MountAsync(string path, int kibibytes)
        {
            Directory.CreateDirectory(path);
            await ServerProcess.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", path], TimeSpan.FromSeconds(20));
            return new(path);
        }

        public async ValueTask DisposeAsync() => await ServerProcess.RunAsync("umount", [path], TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Blocking_calls_run_on_threads_of_their_own_as_many_as_allowed()
    {
        var io = new BlockingIoScheduler(maxThreads: 3);
        using var gate = new ManualResetEventSlim();
        using var started = new CountdownEvent(3);
        var running = 0;
        var most = 0;
        var calls = Enumerable.Range(0, 12).Select(_ => Task.Factory.StartNew(
            () =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref running));
                if (!started.IsSet)
                    started.Signal();
                gate.Wait();
                Interlocked.Decrement(ref running);
                return Thread.CurrentThread.IsThreadPoolThread;
            },
            CancellationToken.None, TaskCreationOptions.None, io)).ToArray();
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)), "three calls did not run side by side");
        gate.Set();
        var onPool = await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(3, most);
        Assert.DoesNotContain(true, onPool);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
