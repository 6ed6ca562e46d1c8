using System.Diagnostics.Metrics;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Bucket;
using DisklessKafka.Metadata.Tests.Replication;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Local;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.TestKit.Servers;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

public sealed class BucketOverMemoryTests : MetadataLogContract
{
    private readonly ShiftedTime _time = new();
    private readonly MemoryObjectStore _objects;

    public BucketOverMemoryTests() => _objects = new MemoryObjectStore(_time);

    protected override async ValueTask<IMetadataLog> OpenCoreAsync() => await BucketMetadataLog.OpenAsync(_objects, _time, null, default);

    protected override ValueTask AfterTrimAsync()
    {
        _time.Jump(TimeSpan.FromMinutes(11));
        return ValueTask.CompletedTask;
    }
}

public sealed class BucketOverFolderTests : MetadataLogContract
{
    private readonly ShiftedTime _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("diskless-log-").FullName;
    private readonly LocalObjectStore _objects;

    public BucketOverFolderTests() => _objects = LocalObjectStore.Open(_folder, TaskScheduler.Default);

    protected override int EntriesEach => 25;

    protected override async ValueTask<IMetadataLog> OpenCoreAsync() => await BucketMetadataLog.OpenAsync(_objects, _time, null, default);

    protected override ValueTask AfterTrimAsync()
    {
        _time.Jump(TimeSpan.FromMinutes(11));
        return ValueTask.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _objects.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Against a real S3 server, whose clock is its own: trims are seen at once, deletes come later.</summary>
public sealed class BucketOverS3Tests : MetadataLogContract
{
    private readonly ShiftedTime _time = new();
    private readonly Meter _meter = new("test");
    private IObjectStore _objects = null!;

    protected override int EntriesEach => 6;

    public override async Task InitializeAsync() =>
        _objects = await ObjectStoreUrl.Parse((await S3Server.SharedAsync()).NewUrl())
            .OpenAsync(new ObjectStoreServices(TimeProvider.System, TaskScheduler.Default, new Random(1), _meter), default);

    protected override async ValueTask<IMetadataLog> OpenCoreAsync() => await BucketMetadataLog.OpenAsync(_objects, _time, null, default);

    protected override ValueTask AfterTrimAsync()
    {
        _time.Jump(TimeSpan.FromMinutes(11));
        return ValueTask.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _objects.DisposeAsync();
        _meter.Dispose();
    }
}

/// <summary>What only a log of objects has to cope with.</summary>
public sealed class BucketLogTests
{
    private const int AllBytes = 1 << 20;
    private readonly ShiftedTime _time = new();
    private readonly MemoryObjectStore _objects;

    public BucketLogTests() => _objects = new MemoryObjectStore(_time);

    private async Task<BucketMetadataLog> OpenAsync(IObjectStore? through = null) => await BucketMetadataLog.OpenAsync(through ?? _objects, _time, null, default);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Appends_whose_answers_get_lost_are_there_exactly_once(int seed)
    {
        var faulty = new MemoryObjectStore(_time, null, new RandomFaults(new Random(seed)));
        var tries = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            var log = new BucketMetadataLog(faulty, _time);
            for (var sequence = 1; sequence <= 50; sequence++)
                while (true)
                {
                    try
                    {
                        Interlocked.Increment(ref tries);
                        await log.AppendAsync(LogTests.Session(writer), sequence, LogTests.Bytes(20), default);
                        break;
                    }
                    catch (MetadataLogException problem) when (problem.IsTransient)
                    {
                        await Task.Yield();
                    }
                }
        }));
        Assert.True(tries > 220, "almost no call failed");

        var reader = new BucketMetadataLog(faulty, _time);
        var found = new List<LogEntry>();
        while (found.Count < 200)
        {
            try
            {
                found.AddRange(await reader.ReadAsync(found.Count == 0 ? LogCursor.Start : found[^1].Cursor, AllBytes, default));
            }
            catch (MetadataLogException problem) when (problem.IsTransient)
            {
            }
        }
        foreach (var own in found.GroupBy(entry => entry.Session))
            Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), own.Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_first_try_that_arrives_after_its_retry_changes_nothing()
    {
        var holding = new InterceptedStore(_objects) { HoldsNextCreate = true };
        var log = await OpenAsync(holding);
        var other = await OpenAsync();
        await Assert.ThrowsAsync<AppendInDoubtException>(async () => await log.AppendAsync(LogTests.Session(1), 1, new byte[1], default));
        await other.AppendAsync(LogTests.Session(2), 1, new byte[1], default); // takes the number
        await log.AppendAsync(LogTests.Session(1), 1, new byte[1], default);
        Assert.False(await holding.ReleaseHeldAsync());

        Assert.Equal([2, 1], (await LogTests.ReadThroughAsync(other, LogCursor.Start, await other.EndAsync(default))).Select(entry => LogTests.NumberOf(entry.Session)));
    }

    [Fact]
    public async Task A_retry_finds_a_first_try_that_arrived_while_it_was_in_doubt()
    {
        var holding = new InterceptedStore(_objects) { HoldsNextCreate = true };
        var log = await OpenAsync(holding);
        var other = await OpenAsync();
        await Assert.ThrowsAsync<AppendInDoubtException>(async () => await log.AppendAsync(LogTests.Session(1), 1, new byte[1], default));
        Assert.True(await holding.ReleaseHeldAsync());
        for (var sequence = 1; sequence <= 3; sequence++) await other.AppendAsync(LogTests.Session(2), sequence, new byte[1], default);
        await log.AppendAsync(LogTests.Session(1), 1, new byte[1], default);

        Assert.Equal([1, 2, 2, 2], (await LogTests.ReadThroughAsync(other, LogCursor.Start, await other.EndAsync(default))).Select(entry => LogTests.NumberOf(entry.Session)));
    }

    [Fact]
    public async Task A_lost_last_entry_is_noticed_by_a_waiting_reader()
    {
        var log = await OpenAsync();
        var end = await AppendManyAsync(log, 3);
        await LogTests.ReadThroughAsync(log, LogCursor.Start, end);
        await _objects.DeleteAsync(["log/00000000000000000003"], default);
        _time.Jump(TimeSpan.FromSeconds(3));

        await Assert.ThrowsAsync<LogRewoundException>(async () => await log.ReadAsync(end, AllBytes, default));
    }

    [Fact]
    public async Task Nothing_is_appended_behind_entries_that_got_lost()
    {
        var log = await OpenAsync();
        await AppendManyAsync(log, 3);
        await _objects.DeleteAsync(["log/00000000000000000002", "log/00000000000000000003"], default);
        _time.Jump(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<LogRewoundException>(async () => await log.AppendAsync(LogTests.Session(3), 1, new byte[1], default));

        var other = await OpenAsync();
        Assert.Equal(1, (await other.EndAsync(default)).Minor);
        for (var sequence = 1; sequence <= 5; sequence++) await other.AppendAsync(LogTests.Session(2), sequence, new byte[1], default);
        Assert.Equal(6, (await LogTests.ReadThroughAsync(other, LogCursor.Start, await other.EndAsync(default))).Count);
    }

    [Fact]
    public async Task A_history_that_was_lost_and_written_anew_is_noticed_at_its_first_entry()
    {
        var log = await OpenAsync();
        var end = await AppendManyAsync(log, 3);
        await _objects.DeleteAsync(["log/00000000000000000003"], default);
        var other = await OpenAsync();
        await other.AppendAsync(LogTests.Session(2), 1, new byte[1], default);
        await other.AppendAsync(LogTests.Session(2), 2, new byte[1], default);

        await Assert.ThrowsAsync<LogRewoundException>(async () => await log.ReadAsync(end, AllBytes, default));
    }

    [Fact]
    public async Task Trimmed_entries_are_deleted_when_the_grace_is_over_and_not_before()
    {
        var log = await OpenAsync();
        var read = await LogTests.ReadThroughAsync(log, LogCursor.Start, await AppendManyAsync(log, 30));
        await log.TrimAsync(read[19].Cursor, default);
        Assert.Equal(30, await CountAsync());
        _time.Jump(TimeSpan.FromMinutes(11));
        await log.TrimAsync(read[24].Cursor, default);

        Assert.Equal(11, await CountAsync()); // 20 to 30
        Assert.Equal(5, (await log.ReadAsync(read[24].Cursor, AllBytes, default)).Count);
        Assert.Equal(read[^1].Cursor, await (await OpenAsync()).EndAsync(default));
    }

    [Fact]
    public async Task An_agent_that_slept_while_the_log_went_on_and_was_trimmed_appends_at_the_end()
    {
        var sleeper = await OpenAsync();
        var first = await AppendManyAsync(sleeper, 1);
        await TrimAwayAsync();

        await Assert.ThrowsAsync<LogTrimmedException>(async () => await sleeper.ReadAsync(first, AllBytes, default));
        await sleeper.AppendAsync(LogTests.Session(3), 1, new byte[1], default);

        var other = await OpenAsync();
        Assert.Equal(52, (await other.EndAsync(default)).Minor);
        Assert.Equal(await other.EndAsync(default), await sleeper.EndAsync(default));
    }

    [Fact]
    public async Task An_append_that_slept_on_its_way_past_a_trim_is_not_acknowledged()
    {
        var holding = new InterceptedStore(_objects);
        var sleeper = await OpenAsync(holding);
        await AppendManyAsync(sleeper, 1);
        holding.BeforeNextCreate = TrimAwayAsync;

        await Assert.ThrowsAsync<LogTrimmedException>(async () => await sleeper.AppendAsync(LogTests.Session(3), 1, new byte[1], default));
    }

    [Fact]
    public async Task Nobody_waits_for_a_listing_that_is_answered_late()
    {
        SynchronizationContext.SetSynchronizationContext(null); // an answer is taken in where it is given, and not on some thread while the steps go on
        var slow = new InterceptedStore(_objects);
        await using var log = await OpenAsync(slow);
        var before = _objects.Counts.Lists;
        for (var step = 1; step <= 180; step++)
        {
            // Half an hour in which each listing takes up to a minute.
            if (step % 6 == 0) slow.AnswerListings();
            slow.HoldListings();
            _time.Jump(TimeSpan.FromSeconds(10));
            var append = log.AppendAsync(LogTests.Session(1), step, new byte[1], default).AsTask();
            Assert.True(append.IsCompletedSuccessfully, $"an append waited for a listing at step {step}");
            var read = log.ReadAsync(LogCursor.Start, AllBytes, default).AsTask();
            Assert.True(read.IsCompletedSuccessfully, $"a read waited for a listing at step {step}");
        }
        Assert.InRange(_objects.Counts.Lists - before, 5, 12);
        slow.AnswerListings();
    }

    [Fact]
    public async Task Without_an_answer_nothing_is_handed_out_once_it_may_have_been_trimmed()
    {
        var silent = new InterceptedStore(_objects);
        await using var log = await OpenAsync(silent);
        await AppendManyAsync(log, 1);
        silent.HoldListings();
        _time.Jump(TimeSpan.FromMinutes(4.9));
        Assert.Single(await log.ReadAsync(LogCursor.Start, AllBytes, default).AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
        _time.Jump(TimeSpan.FromMinutes(0.2)); // half of the grace is over
        var read = log.ReadAsync(LogCursor.Start, AllBytes, default).AsTask();
        Assert.False(read.IsCompleted, "an entry was handed out unchecked");
        silent.AnswerListings();
        Assert.Single(await read.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_trim_is_noticed_before_anybody_has_to_wait_for_it()
    {
        await using var log = await OpenAsync();
        var first = await AppendManyAsync(log, 1);
        await using var other = await OpenAsync();
        await AppendManyAsync(other, 5);
        await other.TrimAsync(await other.EndAsync(default), default);

        Assert.NotEmpty(await log.ReadAsync(LogCursor.Start, AllBytes, default));
        _time.Jump(TimeSpan.FromMinutes(3));
        await Assert.ThrowsAsync<LogTrimmedException>(async () => await log.ReadAsync(LogCursor.Start, AllBytes, default));
        Assert.True(first < await log.EndAsync(default));
    }

    [Fact]
    public async Task A_log_that_is_closed_leaves_no_listing_behind()
    {
        var silent = new InterceptedStore(_objects);
        var log = await OpenAsync(silent);
        await AppendManyAsync(log, 1);
        silent.HoldListings();
        _time.Jump(TimeSpan.FromMinutes(3));
        await log.ReadAsync(LogCursor.Start, AllBytes, default);
        await log.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_end_sought_while_a_trim_leaves_gaps_is_the_true_end()
    {
        var sleeper = await OpenAsync();
        await AppendManyAsync(sleeper, 10);
        await TrimAwayAsync();
        Assert.Equal(60, (await sleeper.EndAsync(default)).Minor);
    }

    [Fact]
    public async Task The_end_of_a_long_log_takes_few_reads_to_find()
    {
        await AppendManyAsync(await OpenAsync(), 1000);
        var before = _objects.Counts.Reads;
        Assert.Equal(1000, (await (await OpenAsync()).EndAsync(default)).Minor);
        Assert.InRange(_objects.Counts.Reads - before, 1, 30);
    }

    [Fact]
    public async Task A_poll_at_the_end_is_one_read()
    {
        var log = await OpenAsync();
        var end = await AppendManyAsync(log, 5);
        await LogTests.ReadThroughAsync(log, LogCursor.Start, end);
        var before = _objects.Counts;
        for (var i = 0; i < 8; i++) await log.ReadAsync(end, AllBytes, default);
        Assert.InRange(_objects.Counts.Reads - before.Reads, 8, 9); // now and then the entry under the cursor is looked at
        Assert.Equal(before.Lists, _objects.Counts.Lists);
    }

    [Fact]
    public async Task Entries_that_are_damaged_or_of_a_newer_version_are_refused()
    {
        var log = await OpenAsync();
        await AppendManyAsync(log, 1);
        const string key = "log/00000000000000000001";
        var whole = new byte[512];
        whole = whole[..await _objects.ReadAsync(key, 0, whole, default)];
        foreach (var (position, expected) in new[] { (4, "newer version"), (20, "undamaged"), (whole.Length - 1, "undamaged") })
        {
            var changed = (byte[])whole.Clone();
            changed[position] ^= 0x40;
            await _objects.PutAsync(key, new(changed), default);
            var problem = await Assert.ThrowsAsync<MetadataLogException>(async () => await new BucketMetadataLog(_objects, _time).ReadAsync(LogCursor.Start, AllBytes, default));
            Assert.False(problem.IsTransient);
            Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        }
        await _objects.PutAsync(key, new(whole[..30]), default);
        await Assert.ThrowsAsync<MetadataLogException>(async () => await new BucketMetadataLog(_objects, _time).ReadAsync(LogCursor.Start, AllBytes, default));
    }

    [Fact]
    public async Task Entries_that_come_damaged_are_read_again()
    {
        var end = await AppendManyAsync(await OpenAsync(), 3);
        var log = new BucketMetadataLog(new FlippingStore(_objects, damagedReads: 2), _time);
        Assert.Equal(3, (await LogTests.ReadThroughAsync(log, LogCursor.Start, end)).Count);
        log = new BucketMetadataLog(new FlippingStore(_objects, damagedReads: 2), _time);
        Assert.Equal(end, await log.EndAsync(default));
    }

    private static async Task<LogCursor> AppendManyAsync(IMetadataLog log, int count)
    {
        for (var sequence = 1; sequence <= count; sequence++) await log.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(10), default);
        return await log.EndAsync(default);
    }

    /// <summary>Another agent appends 50 entries, and everything but the last of them is trimmed and deleted.</summary>
    private async Task TrimAwayAsync()
    {
        var other = await OpenAsync();
        for (var sequence = 1; sequence <= 50; sequence++) await other.AppendAsync(LogTests.Session(2), sequence, new byte[1], default);
        var end = await other.EndAsync(default);
        await other.TrimAsync(end, default);
        _time.Jump(TimeSpan.FromMinutes(11));
        await _objects.TryCreateAsync($"log-trim/{long.MaxValue - 1:D20}", default, default); // gives the store's clock a chance to be read
        await other.TrimAsync(end, default);
        Assert.Equal(1, await CountAsync());
    }

    private async Task<int> CountAsync()
    {
        var count = 0;
        await foreach (var _ in _objects.ListAsync("log/", null, default)) count++;
        return count;
    }

    private sealed class RandomFaults(Random random) : IObjectStoreFaults
    {
        public ObjectStoreFault Next(ObjectStoreOperation operation, string key)
        {
            lock (random)
                return random.Next(10) switch
                {
                    0 => new ObjectStoreFault(ObjectStoreFaultKind.FailBefore),
                    1 => new ObjectStoreFault(ObjectStoreFaultKind.FailAfter),
                    2 => new ObjectStoreFault(ObjectStoreFaultKind.None, TimeSpan.FromMilliseconds(random.Next(3))),
                    _ => ObjectStoreFault.None,
                };
        }
    }
}
