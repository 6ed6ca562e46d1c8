namespace DisklessKafka.Metadata.Log.Memory;

/// <summary>
/// The log inside one process, for tests, simulation and the <c>memory:</c> option. Any number of agents of the process
/// share one instance; disposing it does nothing, so each may dispose what it was given. Holds every entry until it is trimmed.
/// </summary>
/// <param name="time">The log's own clock, and what injected delays wait on.</param>
/// <param name="faults">What happens to each call; null: nothing does.</param>
public sealed class MemoryMetadataLog(TimeProvider time, ILogFaults? faults = null) : IMetadataLog
{
    private readonly Lock gate = new();
    private readonly List<LogEntry> entries = []; // ascending; entries[i] has the number trimmed.Minor + 1 + i
    private readonly Dictionary<(Guid Session, long Sequence), uint> appended = [];
    private readonly Queue<(long Number, long UntilTimestamp)> hidden = new();
    private LogCursor trimmed = LogCursor.Start;

    public async ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.Append, cancellation);
        if (fault.Outcome == LogOutcome.RequestLost)
        {
            await DelayAsync(fault.After, cancellation);
            throw new AppendInDoubtException("injected: the append got lost on its way, its outcome is unknown");
        }
        Add(session, sequence, payload, fault.Hidden);
        await DelayAsync(fault.After, cancellation);
        if (fault.Outcome == LogOutcome.AnswerLost)
            throw new AppendInDoubtException("injected: the answer to the append got lost, its outcome is unknown");
    }

    public async ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.Read, cancellation);
        var found = Take(after, maxBytes);
        await EndCallAsync(fault, cancellation);
        return found;
    }

    public async ValueTask<LogCursor> EndAsync(CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.End, cancellation);
        LogCursor end;
        lock (gate) end = End;
        await EndCallAsync(fault, cancellation);
        return end;
    }

    public async ValueTask TrimAsync(LogCursor through, CancellationToken cancellation)
    {
        var fault = await BeginAsync(LogCall.Trim, cancellation);
        lock (gate)
        {
            if (through > End) throw new MetadataLogException($"cannot trim through {through}: the log ends at {End}", isTransient: false);
            var count = entries.FindLastIndex(entry => entry.Cursor <= through) + 1;
            if (count > 0)
            {
                trimmed = entries[count - 1].Cursor;
                foreach (var entry in entries.Take(count)) appended.Remove((entry.Session, entry.Sequence));
                entries.RemoveRange(0, count);
            }
        }
        await EndCallAsync(fault, cancellation);
    }

    /// <summary>Loses the newest entries, as a fail-over to a replica that had not received them does.</summary>
    /// <param name="count">How many, at most those that are not trimmed.</param>
    /// <returns>What is lost.</returns>
    public IReadOnlyList<LogEntry> Rewind(int count)
    {
        lock (gate)
        {
            LogEntry[] lost = [.. entries.TakeLast(count)];
            foreach (var entry in lost) appended.Remove((entry.Session, entry.Sequence));
            entries.RemoveRange(entries.Count - lost.Length, lost.Length);
            return lost;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private LogCursor End => entries.Count == 0 ? trimmed : entries[^1].Cursor;

    private void Add(Guid session, long sequence, ReadOnlyMemory<byte> payload, TimeSpan hiddenFor)
    {
        var copy = payload.ToArray();
        var hash = EntryHash.Of(session, sequence, copy);
        lock (gate)
        {
            if (appended.TryGetValue((session, sequence), out var earlier))
            {
                if (earlier != hash) throw LogErrors.OtherPayload(session, sequence);
                return;
            }
            var number = End.Minor + 1;
            appended.Add((session, sequence), hash);
            entries.Add(new LogEntry(new LogCursor(0, 0, number, hash), time.GetUtcNow().ToUnixTimeMilliseconds(), session, sequence, copy));
            if (hiddenFor > TimeSpan.Zero)
                hidden.Enqueue((number, time.GetTimestamp() + (long)(hiddenFor.TotalSeconds * time.TimestampFrequency)));
        }
    }

    private List<LogEntry> Take(LogCursor after, int maxBytes)
    {
        lock (gate)
        {
            CheckStillThere(after);
            var now = time.GetTimestamp();
            while (hidden.TryPeek(out var oldest) && oldest.UntilTimestamp <= now) hidden.Dequeue();
            var readable = hidden.TryPeek(out var next) ? next.Number - 1 : long.MaxValue;

            var found = new List<LogEntry>();
            long bytes = 0;
            for (var i = (int)(after.Minor - trimmed.Minor); i < entries.Count && entries[i].Cursor.Minor <= readable; i++)
            {
                bytes += entries[i].Payload.Length;
                if (found.Count > 0 && bytes > maxBytes) break;
                found.Add(entries[i]);
            }
            return found;
        }
    }

    private void CheckStillThere(LogCursor after)
    {
        if (after < trimmed) throw LogErrors.Trimmed(after, trimmed);
        if (after > End) throw LogErrors.Rewound(after);
        if (after == LogCursor.Start) return;
        var there = after.Minor == trimmed.Minor ? trimmed : entries[(int)(after.Minor - trimmed.Minor - 1)].Cursor;
        if (there != after) throw LogErrors.Rewound(after);
    }

    private async ValueTask<LogFault> BeginAsync(LogCall call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (faults is null) return default;
        LogFault fault;
        lock (faults) fault = faults.Next(call);
        await DelayAsync(fault.Before, cancellation);
        return fault.Outcome != LogOutcome.Failure ? fault
            : throw new MetadataLogException($"injected: the log did not take the {call} call", isTransient: true);
    }

    private async ValueTask EndCallAsync(LogFault fault, CancellationToken cancellation)
    {
        await DelayAsync(fault.After, cancellation);
        if (fault.Outcome != LogOutcome.Success)
            throw new MetadataLogException("injected: the answer got lost", isTransient: true);
    }

    private Task DelayAsync(TimeSpan delay, CancellationToken cancellation) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellation) : Task.CompletedTask;
}
