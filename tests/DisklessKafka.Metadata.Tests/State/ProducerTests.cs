using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class ProducerTests
{
    private const long DayMs = 24L * 3600 * 1000;

    private readonly StateDriver _driver = StateDriver.WithAlice();
    private readonly Topic _topic;
    private long _segment;

    public ProducerTests()
    {
        _topic = _driver.CreateTopic("t");
        _driver.Register(StateDriver.Bob, int.MaxValue);
    }

    [Fact]
    public void A_retried_batch_gets_its_first_offset_and_moves_nothing()
    {
        Assert.Equal((BatchStatus.Appended, 0), Write(1, 0, 0, 10));
        Assert.Equal((BatchStatus.Appended, 10), Write(1, 0, 10, 10));
        Assert.Equal((BatchStatus.Duplicate, 0), Write(1, 0, 0, 10));
        Assert.Equal((BatchStatus.Duplicate, 10), Write(1, 0, 10, 10));
        Assert.Equal(20, _topic.Find(0)!.View.HighWatermark);
    }

    [Fact]
    public void Only_the_last_five_batches_can_be_repeated()
    {
        for (var i = 0; i < 6; i++) Write(1, 0, i, 1);
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), Write(1, 0, 0, 1));
        for (var i = 1; i < 6; i++) Assert.Equal((BatchStatus.Duplicate, i), Write(1, 0, i, 1));
    }

    [Fact]
    public void A_batch_that_only_overlaps_an_old_one_is_no_duplicate()
    {
        Write(1, 0, 0, 10);
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), Write(1, 0, 0, 9));
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), Write(1, 0, 5, 5));
    }

    [Fact]
    public void A_gap_is_refused_and_what_follows_it_too()
    {
        Write(1, 0, 0, 10);
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), Write(1, 0, 11, 1));
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), Write(1, 0, 12, 1));
        Assert.Equal((BatchStatus.Appended, 10), Write(1, 0, 10, 1));
    }

    [Fact]
    public void A_producer_never_heard_of_begins_anywhere() => Assert.Equal((BatchStatus.Appended, 0), Write(1, 3, 4711, 10));

    [Theory]
    [InlineData(int.MaxValue - 4, 5, 0)] // the last sequence is 2^31-1
    [InlineData(int.MaxValue - 4, 10, 5)] // the batch itself goes around
    public void Sequences_go_on_with_zero_after_two_to_the_31_minus_one(int first, int count, int next)
    {
        Write(1, 0, first, count);
        Assert.Equal((BatchStatus.Duplicate, 0), Write(1, 0, first, count));
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), Write(1, 0, next + 1, 1));
        Assert.Equal((BatchStatus.Appended, count), Write(1, 0, next, 3));
    }

    [Fact]
    public void A_new_epoch_begins_at_zero_and_fences_the_old_one()
    {
        Write(1, 0, 0, 10);
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), Write(1, 1, 10, 1));
        Assert.Equal((BatchStatus.Appended, 10), Write(1, 1, 0, 10));
        Assert.Equal((BatchStatus.StaleProducerEpoch, -1), Write(1, 0, 10, 1));
        Assert.Equal((BatchStatus.StaleProducerEpoch, -1), Write(1, 0, 0, 10)); // also what would have been a duplicate
        Assert.Equal((BatchStatus.Duplicate, 10), Write(1, 1, 0, 10));
    }

    [Fact]
    public void Batches_of_one_producer_in_one_commit_follow_one_another()
    {
        var outcome = _driver.Commit(StateDriver.Bob, _segment++, commit =>
        {
            commit.BeginPiece(_topic.Ordinal, 0, 0);
            commit.Add(10, 3, 1, 1, 0, 0);
            commit.Add(10, 2, 1, 1, 0, 3);
            commit.Add(10, 2, 1, 1, 0, 3); // repeated by its client while the first one was on its way
            commit.Add(10, 1, 1, 1, 0, 5);
        });
        Assert.Equal([BatchStatus.Appended, BatchStatus.Appended, BatchStatus.Duplicate, BatchStatus.Appended], outcome.Batches.Select(batch => batch.Status));
        Assert.Equal([0L, 3, 3, 5], outcome.Batches.Select(batch => batch.BaseOffset));
    }

    [Fact]
    public void A_producer_that_was_silent_for_a_day_of_log_time_is_forgotten()
    {
        Write(1, 0, 0, 10);
        _driver.TimeMs += DayMs;
        _driver.Apply(StateDriver.Bob, Command.Of(new KeepAlive()));
        Assert.Equal(1, _driver.State.ProducerCount);
        _driver.TimeMs += 1;
        _driver.Apply(StateDriver.Bob, Command.Of(new KeepAlive()));
        Assert.Equal(0, _driver.State.ProducerCount);
        Assert.Equal((BatchStatus.Appended, 10), Write(1, 0, 77, 1));
    }

    [Fact]
    public void How_long_is_set_for_all_brokers()
    {
        _driver.Apply(StateDriver.Bob, Command.Of(new AlterConfigs
        {
            Resources = [new AlterConfigs.Resource { Type = 4, Changes = [new AlterConfigs.Change { Key = "producer.id.expiration.ms", Value = "1000" }] }],
        }));
        Write(1, 0, 0, 10);
        _driver.TimeMs += 1001;
        _driver.Apply(StateDriver.Bob, Command.Of(new KeepAlive()));
        Assert.Equal(0, _driver.State.ProducerCount);
    }

    [Fact]
    public void When_there_are_too_many_the_longest_silent_go_first()
    {
        var small = new StateDriver(new ClusterState(maxProducerEntries: 3));
        small.Register(StateDriver.Alice);
        var partition = small.CreateTopic("t");
        var sequence = 0;
        foreach (var producer in new[] { 1, 2, 3, 1, 4 })
            small.Commit(StateDriver.Alice, sequence++, commit =>
            {
                commit.BeginPiece(partition.Ordinal, 0, 0);
                commit.Add(10, 1, 1, producer, 0, producer == 1 && sequence > 3 ? 1 : 0);
            });
        small.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        Assert.Equal([1L, 3, 4], small.State.FindProducers(partition.Id, 0)!.Select(producer => producer.ProducerId));
    }

    [Fact]
    public void Producers_are_described_by_their_newest_batch()
    {
        Write(5, 2, 0, 10);
        Write(5, 2, 10, 4);
        Assert.Equal([new ProducerInfo(5, 2, 13, 1, -1, -1)], _driver.State.FindProducers(_topic.Id, 0));
        Assert.Null(_driver.State.FindProducers(_topic.Id, 1));
    }

    [Fact]
    public void Producer_ids_are_given_out_once()
    {
        var first = _driver.Apply(StateDriver.Bob, Command.Of(new AllocateProducerIds { Count = 10 })).FirstId;
        Assert.Equal(new InitProducerIdOutcome(first + 10, 0), Init(-1, -1));
        Assert.Equal(new InitProducerIdOutcome(first + 10, 1), Init(first + 10, 0));
        Assert.Equal(new InitProducerIdOutcome(first + 11, 0), Init(first + 10, short.MaxValue - 1)); // its epochs are used up
        Assert.Equal(new InitProducerIdOutcome(first + 12, 0), Init(first + 4711, 3)); // never given out
    }

    [Fact]
    public void A_log_that_lost_entries_does_not_give_out_their_producer_ids_again()
    {
        var lost = Init(-1, -1);
        var rewound = StateDriver.WithAlice(); // knows nothing of it
        rewound.Register(StateDriver.Bob, int.MaxValue);
        rewound.TimeMs = _driver.TimeMs + 1;
        Assert.True(rewound.Apply(StateDriver.Bob, Command.Of(new InitProducerId { ProducerId = new ProducerId(-1), Epoch = -1 })).ProducerId > lost.ProducerId);
    }

    private InitProducerIdOutcome Init(long id, short epoch) =>
        _driver.Apply(StateDriver.Bob, Command.Of(new InitProducerId { ProducerId = new ProducerId(id), Epoch = epoch }));

    private (BatchStatus, long) Write(long producer, short epoch, int sequence, int count)
    {
        var outcome = _driver.Commit(StateDriver.Bob, _segment++, commit =>
        {
            commit.BeginPiece(_topic.Ordinal, 0, 0);
            commit.Add(10, count, 1, producer, epoch, sequence);
        });
        return (outcome.Batches[0].Status, outcome.Batches[0].BaseOffset);
    }
}
