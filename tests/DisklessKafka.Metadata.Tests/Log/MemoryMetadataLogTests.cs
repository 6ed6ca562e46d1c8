using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Memory;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

public sealed class MemoryMetadataLogTests : MetadataLogContract
{
    private readonly MemoryMetadataLog _log = new(TimeProvider.System);

    protected override ValueTask<IMetadataLog> OpenCoreAsync() => new(_log);

    [Fact]
    public async Task Under_random_faults_each_append_is_there_once_after_its_retries()
    {
        var faulty = new MemoryMetadataLog(TimeProvider.System, new RandomLogFaults(new Random(7))
        {
            FailureRate = 0.1,
            DoubtRate = 0.3,
            HiddenRate = 0.2,
            MaxDelay = TimeSpan.FromMilliseconds(2),
        });
        var doubts = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var sequence = 1; sequence <= 40; sequence++)
                while (true)
                {
                    try
                    {
                        await faulty.AppendAsync(LogTests.Session(writer), sequence, LogTests.Bytes(20), default);
                        break;
                    }
                    catch (MetadataLogException problem) when (problem.IsTransient)
                    {
                        if (problem is AppendInDoubtException) Interlocked.Increment(ref doubts);
                    }
                }
        }));

        Assert.NotEqual(0, doubts);
        var found = new List<LogEntry>();
        while (found.Count < 160)
        {
            try
            {
                found.AddRange(await faulty.ReadAsync(found.Count == 0 ? LogCursor.Start : found[^1].Cursor, AllBytes, default));
            }
            catch (MetadataLogException problem) when (problem.IsTransient)
            {
            }
        }
        Assert.Equal(160, found.Select(entry => (entry.Session, entry.Sequence)).Distinct().Count());
        foreach (var own in found.GroupBy(entry => entry.Session))
            Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), own.Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_hidden_entry_is_acknowledged_and_covered_by_end_before_it_can_be_read()
    {
        var hiding = new MemoryMetadataLog(TimeProvider.System, new Scripted(new LogFault(Hidden: TimeSpan.FromHours(1))));
        await hiding.AppendAsync(LogTests.Session(1), 1, new byte[1], default);
        await hiding.AppendAsync(LogTests.Session(1), 2, new byte[1], default);

        Assert.Empty(await hiding.ReadAsync(LogCursor.Start, AllBytes, default));
        Assert.Equal(2, (await hiding.EndAsync(default)).Minor);
    }

    [Fact]
    public async Task A_rewound_log_is_noticed_by_its_readers()
    {
        for (var sequence = 1; sequence <= 3; sequence++) await _log.AppendAsync(LogTests.Session(1), sequence, new byte[1], default);
        var read = await _log.ReadAsync(LogCursor.Start, AllBytes, default);
        _log.Rewind(1);

        await Assert.ThrowsAsync<LogRewoundException>(async () => await _log.ReadAsync(read[2].Cursor, AllBytes, default));
        await _log.AppendAsync(LogTests.Session(2), 1, new byte[1], default);
        await Assert.ThrowsAsync<LogRewoundException>(async () => await _log.ReadAsync(read[2].Cursor, AllBytes, default));
        Assert.Single(await _log.ReadAsync(read[1].Cursor, AllBytes, default));
    }

    private sealed class Scripted(params LogFault[] script) : ILogFaults
    {
        private readonly Queue<LogFault> _left = new(script);

        public LogFault Next(LogCall call) => _left.TryDequeue(out var fault) ? fault : default;
    }
}
