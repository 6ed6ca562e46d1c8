using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Replication;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Replication;

public sealed class EndGateTests
{
    [Fact]
    public async Task Nobody_is_given_an_answer_to_a_question_that_was_asked_before_they_came()
    {
        const int Askers = 16, Questions = 50_000;
        await using var log = new GrowingLog();
        var gate = new EndGate(log, TimeProvider.System, CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => Task.Run(async () =>
        {
            for (var question = 0; question < Questions; question++)
            {
                var acknowledged = log.Grow();
                var end = await gate.EndAsync();
                Assert.True(end.Minor >= acknowledged, $"the log had {acknowledged} entries before its end was asked for, and the answer was {end.Minor}");
            }
        })));
    }

    /// <summary>Answers at once, but on another thread, so that answers come in at any moment of the next question.</summary>
    private sealed class GrowingLog : IMetadataLog
    {
        private long _entries;

        public long Grow() => Interlocked.Increment(ref _entries);

        public async ValueTask<LogCursor> EndAsync(CancellationToken cancellation)
        {
            var end = new LogCursor(0, 0, Interlocked.Read(ref _entries), 0);
            await Task.Yield();
            return end;
        }

        public ValueTask AppendAsync(Guid session, long sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(LogCursor after, int maxBytes, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask TrimAsync(LogCursor through, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
