using DisklessKafka.Agent.Write;

namespace DisklessKafka.Agent.Tests.Write;

public sealed class WriteWaitTests
{
    private readonly Clock _time = new();

    [Fact]
    public void A_batch_waits_for_its_segment_from_its_own_append_on()
    {
        var wait = new WriteWait(DueAt: 250, StoredIn: TimeSpan.FromMilliseconds(50), CommittedIn: TimeSpan.FromMilliseconds(3));
        Assert.Equal(TimeSpan.FromMilliseconds(303), wait.Since(0, _time));
        Assert.Equal(TimeSpan.FromMilliseconds(63), wait.Since(240, _time));
    }

    [Fact]
    public void A_batch_that_came_after_its_segment_was_due_did_not_wait_for_that()
    {
        var wait = new WriteWait(DueAt: 250, StoredIn: TimeSpan.FromMilliseconds(50), CommittedIn: TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromMilliseconds(50), wait.Since(260, _time));
    }

    [Fact]
    public void A_request_waited_for_its_slowest_batch()
    {
        var reply = new ProduceReply(3, new RefusedBatches());
        var (first, second, refused) = (reply.OpenSlot(), reply.OpenSlot(), reply.OpenSlot());
        _time.Now = 100; // the batches are in the open segment
        _ = reply.WhenCommittedAsync(TimeSpan.FromSeconds(1), _time);
        Assert.Null(reply.WaitByDesign(_time));
        reply.Complete(first, new WriteOutcome(WriteStatus.Committed, 0, 0) { Wait = new(250, TimeSpan.FromMilliseconds(50), default) });
        reply.Complete(second, new WriteOutcome(WriteStatus.Committed, 0, 0) { Wait = new(250, TimeSpan.FromMilliseconds(80), default) });
        reply.Complete(refused, WriteOutcome.Failed(WriteStatus.UnknownPartition));
        Assert.Equal(TimeSpan.FromMilliseconds(230), reply.WaitByDesign(_time));
    }

    /// <summary>Counts milliseconds.</summary>
    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Never();

        private sealed class Never : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
