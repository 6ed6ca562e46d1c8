using System.Collections.Concurrent;
using DisklessKafka.Metadata.Log;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>What every metadata log must do. Each test has a fresh, empty log; <see cref="OpenAsync"/> opens it as one more agent.</summary>
public abstract class MetadataLogContract : IAsyncLifetime
{
    protected const int AllBytes = 1 << 20;
    private readonly List<IMetadataLog> _opened = [];

    /// <summary>How many entries the concurrent tests append in each writer.</summary>
    protected virtual int EntriesEach => 60;

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var log in _opened) await log.DisposeAsync();
    }

    protected abstract ValueTask<IMetadataLog> OpenCoreAsync();

    /// <summary>Makes a trim give its space back at once where the log would take its time.</summary>
    protected virtual ValueTask AfterTrimAsync() => ValueTask.CompletedTask;

    protected async ValueTask<IMetadataLog> OpenAsync()
    {
        var log = await OpenCoreAsync();
        _opened.Add(log);
        return log;
    }

    [Fact]
    public async Task A_new_log_is_empty()
    {
        var log = await OpenAsync();
        Assert.Empty(await log.ReadAsync(LogCursor.Start, AllBytes, default));
        Assert.Equal(LogCursor.Start, await log.EndAsync(default));
    }

    [Fact]
    public async Task An_entry_comes_back_as_it_was_appended()
    {
        var log = await OpenAsync();
        var session = LogTests.Session(1);
        byte[][] payloads = [[], [7], LogTests.Bytes(2_400), LogTests.Bytes(24_000), LogTests.Bytes(900_000)];
        for (var i = 0; i < payloads.Length; i++) await log.AppendAsync(session, i + 1, payloads[i], default);

        var read = await LogTests.ReadThroughAsync(await OpenAsync(), LogCursor.Start, await log.EndAsync(default));

        Assert.Equal(payloads, read.Select(entry => entry.Payload.ToArray()));
        Assert.Equal([1, 2, 3, 4, 5], read.Select(entry => entry.Sequence));
        Assert.All(read, entry => Assert.Equal(session, entry.Session));
        Assert.All(read, entry => Assert.InRange(entry.TimestampMs, LogTests.Now - 600_000, LogTests.Now + 600_000));
    }

    [Fact]
    public async Task Many_writers_and_readers_see_one_gapless_identical_order()
    {
        const int writers = 6, readers = 4;
        var logs = new List<IMetadataLog>();
        for (var i = 0; i < writers; i++) logs.Add(await OpenAsync());
        var total = writers * EntriesEach;

        var reading = Enumerable.Range(0, readers).Select(async i => await LogTests.ReadCountAsync(logs[i], LogCursor.Start, total, maxBytes: 1 << (8 + 2 * i))).ToList();
        var writing = logs.Select(async (log, writer) =>
        {
            for (var sequence = 1; sequence <= EntriesEach; sequence++)
                await log.AppendAsync(LogTests.Session(writer), sequence, LogTests.Bytes(50 + 7 * sequence), default);
        });
        await Task.WhenAll(writing);
        var seen = await Task.WhenAll(reading);

        var first = seen[0].Select(entry => entry.Cursor).ToList();
        Assert.All(seen, order => Assert.Equal(first, order.Select(entry => entry.Cursor)));
        Assert.Equal(first.Order(), first);
        foreach (var own in seen[0].GroupBy(entry => entry.Session))
            Assert.Equal(Enumerable.Range(1, EntriesEach).Select(i => (long)i), own.Select(entry => entry.Sequence)); // none lost, none twice, in the writer's order
        Assert.Equal(writers, seen[0].Select(entry => entry.Session).Distinct().Count());
    }

    [Fact]
    public async Task A_reader_that_joins_later_sees_what_the_first_one_saw()
    {
        var log = await OpenAsync();
        for (var sequence = 1; sequence <= 20; sequence++) await log.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(10), default);
        var end = await log.EndAsync(default);
        var early = await LogTests.ReadThroughAsync(log, LogCursor.Start, end);

        var late = await LogTests.ReadThroughAsync(await OpenAsync(), early[9].Cursor, end);

        Assert.Equal(early.Skip(10).Select(entry => entry.Cursor), late.Select(entry => entry.Cursor));
    }

    [Fact]
    public async Task An_append_that_is_repeated_is_in_the_log_once()
    {
        var log = await OpenAsync();
        for (var i = 0; i < 5; i++) await log.AppendAsync(LogTests.Session(1), 1, new byte[] { 1, 2, 3 }, default);
        await log.AppendAsync(LogTests.Session(1), 2, new byte[] { 4 }, default);
        await log.AppendAsync(LogTests.Session(1), 1, new byte[] { 1, 2, 3 }, default);

        var read = await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default));

        Assert.Equal([1, 2], read.Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task The_same_append_made_by_many_at_once_is_in_the_log_once()
    {
        var log = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ => await log.AppendAsync(LogTests.Session(1), 1, LogTests.Bytes(100), default)));

        Assert.Single(await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default)));
    }

    [Fact]
    public async Task An_append_number_cannot_be_used_for_another_content()
    {
        var log = await OpenAsync();
        await log.AppendAsync(LogTests.Session(1), 1, new byte[] { 1 }, default);

        var problem = await Assert.ThrowsAsync<MetadataLogException>(async () => await log.AppendAsync(LogTests.Session(1), 1, new byte[] { 2 }, default));

        Assert.False(problem.IsTransient);
        Assert.Equal([1], (await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default))).Single().Payload.ToArray());
    }

    [Fact]
    public async Task End_covers_every_entry_acknowledged_before_it_was_asked()
    {
        const int writers = 5;
        var logs = new List<IMetadataLog>();
        for (var i = 0; i < writers; i++) logs.Add(await OpenAsync());
        var other = await OpenAsync();
        var covered = new ConcurrentBag<(Guid Session, long Sequence, LogCursor End)>();

        await Task.WhenAll(logs.Select(async (log, writer) =>
        {
            for (var sequence = 1; sequence <= EntriesEach; sequence++)
            {
                await log.AppendAsync(LogTests.Session(writer), sequence, LogTests.Bytes(30), default);
                covered.Add((LogTests.Session(writer), sequence, await other.EndAsync(default)));
            }
        }));

        var at = (await LogTests.ReadThroughAsync(other, LogCursor.Start, await other.EndAsync(default)))
            .ToDictionary(entry => (entry.Session, entry.Sequence), entry => entry.Cursor);
        Assert.All(covered, end => Assert.True(at[(end.Session, end.Sequence)] <= end.End));
    }

    [Fact]
    public async Task A_barrier_through_another_agent_leads_to_the_entry()
    {
        var (writer, reader) = (await OpenAsync(), await OpenAsync());
        var cursor = LogCursor.Start;
        for (var sequence = 1; sequence <= 20; sequence++)
        {
            await writer.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(10), default);
            var read = await LogTests.ReadThroughAsync(reader, cursor, await reader.EndAsync(default));
            Assert.Equal(sequence, read.Single().Sequence);
            cursor = read[^1].Cursor;
        }
    }

    [Fact]
    public async Task A_read_brings_at_most_the_bytes_asked_for_but_at_least_one_entry()
    {
        var log = await OpenAsync();
        for (var sequence = 1; sequence <= 6; sequence++) await log.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(1000), default);
        await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default));

        Assert.Equal(2, (await log.ReadAsync(LogCursor.Start, 2_500, default)).Count);
        Assert.Single(await log.ReadAsync(LogCursor.Start, 1, default));
    }

    [Fact]
    public async Task A_cursor_whose_entry_is_another_one_is_refused()
    {
        var log = await OpenAsync();
        for (var sequence = 1; sequence <= 3; sequence++) await log.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(10), default);
        var read = await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default));
        var fresh = await OpenAsync();

        foreach (var entry in read)
            await Assert.ThrowsAsync<LogRewoundException>(async () => await fresh.ReadAsync(entry.Cursor with { Hash = entry.Cursor.Hash + 1 }, AllBytes, default));
    }

    [Fact]
    public async Task A_cursor_past_the_end_is_refused()
    {
        var log = await OpenAsync();
        await log.AppendAsync(LogTests.Session(1), 1, LogTests.Bytes(10), default);
        var last = (await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default)))[^1].Cursor;

        await Assert.ThrowsAsync<LogRewoundException>(async () => await log.ReadAsync(last with { Minor = last.Minor + 1 }, AllBytes, default));
    }

    [Fact]
    public async Task After_a_trim_readers_before_it_are_told_and_readers_from_it_on_go_on()
    {
        var log = await OpenAsync();
        for (var sequence = 1; sequence <= 10; sequence++) await log.AppendAsync(LogTests.Session(1), sequence, LogTests.Bytes(10), default);
        var read = await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default));
        var late = await OpenAsync();

        await log.TrimAsync(read[5].Cursor, default);
        await AfterTrimAsync();

        foreach (var reader in new[] { log, late, await OpenAsync() })
        {
            await Assert.ThrowsAsync<LogTrimmedException>(async () => await reader.ReadAsync(LogCursor.Start, AllBytes, default));
            await Assert.ThrowsAsync<LogTrimmedException>(async () => await reader.ReadAsync(read[2].Cursor, AllBytes, default));
            Assert.Equal([7, 8, 9, 10], (await reader.ReadAsync(read[5].Cursor, AllBytes, default)).Select(entry => entry.Sequence));
            Assert.Equal([9, 10], (await reader.ReadAsync(read[7].Cursor, AllBytes, default)).Select(entry => entry.Sequence));
        }
    }

    [Fact]
    public async Task A_log_trimmed_to_its_end_goes_on_from_there()
    {
        var log = await OpenAsync();
        await log.AppendAsync(LogTests.Session(1), 1, LogTests.Bytes(10), default);
        var end = (await LogTests.ReadThroughAsync(log, LogCursor.Start, await log.EndAsync(default)))[^1].Cursor;
        for (var i = 0; i < 3; i++) await log.TrimAsync(end, default);
        await AfterTrimAsync();

        Assert.Equal(end, await log.EndAsync(default));
        Assert.Empty(await log.ReadAsync(end, AllBytes, default));
        await log.AppendAsync(LogTests.Session(1), 2, LogTests.Bytes(10), default);
        foreach (var reader in new[] { log, await OpenAsync() })
            Assert.Equal([2], (await LogTests.ReadThroughAsync(reader, end, await reader.EndAsync(default))).Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_log_is_not_trimmed_past_its_end()
    {
        var log = await OpenAsync();
        await log.AppendAsync(LogTests.Session(1), 1, LogTests.Bytes(10), default);
        var end = await log.EndAsync(default);

        await Assert.ThrowsAsync<MetadataLogException>(async () => await log.TrimAsync(end with { Minor = end.Minor + 5 }, default));
    }

    [Fact]
    public async Task Trims_while_others_append_and_read_lose_nothing()
    {
        const int writers = 4;
        var logs = new List<IMetadataLog>();
        for (var i = 0; i < writers; i++) logs.Add(await OpenAsync());
        var trimmer = await OpenAsync();

        var trimming = Task.Run(async () =>
        {
            var read = new List<LogEntry>();
            while (read.Count < writers * EntriesEach)
            {
                var from = read.Count == 0 ? LogCursor.Start : read[^1].Cursor;
                read.AddRange(await LogTests.ReadCountAsync(trimmer, from, Math.Min(25, writers * EntriesEach - read.Count)));
                await trimmer.TrimAsync(read[Math.Max(0, read.Count - 10)].Cursor, default);
            }
            return read;
        });
        await Task.WhenAll(logs.Select(async (log, writer) =>
        {
            for (var sequence = 1; sequence <= EntriesEach; sequence++)
            {
                await log.AppendAsync(LogTests.Session(writer), sequence, LogTests.Bytes(100), default);
                if (sequence % 7 == 0) await log.AppendAsync(LogTests.Session(writer), sequence, LogTests.Bytes(100), default);
            }
        }));

        var seen = await trimming.WaitAsync(LogTests.Patience);
        foreach (var own in seen.GroupBy(entry => entry.Session))
            Assert.Equal(Enumerable.Range(1, EntriesEach).Select(i => (long)i), own.Select(entry => entry.Sequence));
        Assert.Equal(writers * EntriesEach, seen.Count);
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled()
    {
        var log = await OpenAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await log.AppendAsync(LogTests.Session(1), 1, new byte[1], cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await log.ReadAsync(LogCursor.Start, AllBytes, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await log.EndAsync(cancelled.Token));
    }
}
