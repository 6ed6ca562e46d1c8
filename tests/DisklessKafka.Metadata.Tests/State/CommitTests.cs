using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class CommitTests
{
    private readonly StateDriver _driver = StateDriver.WithAlice();
    private readonly Topic _topic;

    public CommitTests() => _topic = _driver.CreateTopic("t", 3);

    [Fact]
    public void Batches_get_the_next_offsets_and_their_place_in_the_segment()
    {
        BatchSlot first = default, second = default, other = default;
        var outcome = _driver.Commit(StateDriver.Alice, 5, commit =>
        {
            commit.BeginPiece(_topic.Ordinal, 0, 16);
            first = commit.Add(100, 10, 1_000);
            second = commit.Add(50, 5, 900);
            commit.BeginPiece(_topic.Ordinal, 2, 166);
            other = commit.Add(70, 7, 500);
        });

        Assert.Equal(new BatchOutcome(BatchStatus.Appended, 0, 0), first.In(outcome));
        Assert.Equal(new BatchOutcome(BatchStatus.Appended, 10, 0), second.In(outcome));
        Assert.Equal(new BatchOutcome(BatchStatus.Appended, 0, 0), other.In(outcome));
        Assert.Equal(2, outcome.Batches.Length); // the two of partition 0 are one run
        Assert.Equal([new Extent(0, 1_000, 5, 1, 15, 16, 150)], Extents(0));
        Assert.Equal([new Extent(0, 500, 5, 1, 7, 166, 70)], Extents(2));
        Assert.Empty(Extents(1));
        Assert.Equal(15, _topic.Find(0)!.View.HighWatermark);
        Assert.Equal(15, _topic.Find(0)!.View.LastStableOffset);
        Assert.Equal(150, _topic.Find(0)!.View.SizeBytes);
    }

    [Fact]
    public void A_refused_batch_splits_the_extent_around_its_bytes()
    {
        var outcome = _driver.Commit(StateDriver.Alice, 0, commit =>
        {
            commit.BeginPiece(_topic.Ordinal, 0, 0);
            commit.Add(10, 1, 1, producerId: 1, epoch: 0, baseSequence: 0);
            commit.Add(20, 2, 2);
            commit.Add(30, 3, 3, producerId: 1, epoch: 0, baseSequence: 9); // a gap
            commit.Add(40, 4, 4);
            commit.Add(50, 5, 5);
        });
        Assert.Equal(
            [BatchStatus.Appended, BatchStatus.Appended, BatchStatus.OutOfOrderSequence, BatchStatus.Appended],
            outcome.Batches.Select(batch => batch.Status));
        Assert.Equal([0, 1, -1, 3], outcome.Batches.Select(batch => batch.BaseOffset));
        Assert.Equal([new Extent(0, 2, 0, 1, 3, 0, 30), new Extent(3, 5, 0, 1, 9, 60, 90)], Extents(0));
    }

    [Fact]
    public void A_segment_is_committed_once_and_in_order()
    {
        Assert.Equal(CommitStatus.Committed, CommitOne(4).Status);
        var repeated = CommitOne(4);
        Assert.Equal(CommitStatus.OutOfOrderSegment, repeated.Status);
        Assert.Equal(new BatchOutcome(BatchStatus.NotCommitted, -1, -1), repeated.Batches[0]);
        Assert.Equal(CommitStatus.OutOfOrderSegment, CommitOne(3).Status);
        Assert.Equal(CommitStatus.Committed, CommitOne(9).Status);
        Assert.Equal(2, _topic.Find(0)!.View.HighWatermark);
    }

    [Fact]
    public void A_dead_sessions_commit_is_refused()
    {
        _driver.Apply(StateDriver.Alice, Command.Of(new EndSession()));
        var outcomes = _driver.ApplyAll(StateDriver.Alice, Command.Of(OneBatch(0)));
        Assert.Same(RefusedOutcome.SessionEnded, outcomes[0]);
        Assert.Equal(0, _driver.State.ExtentCount);
    }

    [Fact]
    public void A_session_that_never_registered_commits_nothing() =>
        Assert.Same(RefusedOutcome.SessionEnded, _driver.ApplyAll(StateDriver.Bob, Command.Of(OneBatch(0)))[0]);

    public static TheoryData<string, Action<CommitSegment>> Malformed => new()
    {
        { "more batches than said", command => command.Pieces[0].Batches = 0 },
        { "fewer batches than said", command => command.Pieces[0].Batches = 2 },
        { "an empty batch", command => command.Batches[0].Bytes = 0 },
        { "a batch without records", command => command.Batches[0].Offsets = 0 },
        { "a negative count", command => command.Batches[0].Offsets = uint.MaxValue },
        { "bytes past the end", command => command.SizeBytes = 9 },
        { "a piece past the end", command => command.Pieces[0].Gap = uint.MaxValue },
        { "an epoch that is none", command => command.Batches[0].Epoch = 70_000 },
        { "a sequence that is none", command => command.Batches[0].Sequence = uint.MaxValue },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_no_writer_makes_is_refused_and_changes_nothing(string what, Action<CommitSegment> spoil)
    {
        var command = OneBatch(0);
        spoil(command);
        var outcome = _driver.Apply(StateDriver.Alice, Command.Of(command));
        Assert.True(outcome.Status == CommitStatus.Malformed, what);
        Assert.Equal(0, _driver.State.ExtentCount);
        Assert.Equal(CommitStatus.Committed, CommitOne(0).Status);
    }

    [Fact]
    public void A_segment_whose_extents_are_gone_waits_for_deletion_until_it_is_forgotten()
    {
        _driver.Commit(StateDriver.Alice, 0, commit =>
        {
            commit.BeginPiece(_topic.Ordinal, 0, 0);
            commit.Add(10, 1, 1);
            commit.BeginPiece(_topic.Ordinal, 1, 10);
            commit.Add(10, 1, 1);
        }, sizeBytes: 77);
        DeleteRecords(0, -1);
        Assert.Empty(_driver.State.PendingDeletions);
        _driver.TimeMs += 5;
        DeleteRecords(1, 1);
        Assert.Equal([new PendingDeletion(new SegmentRef(1, 0), 77, _driver.TimeMs)], _driver.State.PendingDeletions);
        Assert.Equal(0, _driver.State.SegmentCount);
        _driver.Apply(StateDriver.Alice, Command.Of(new ForgetSegments { Segments = [new ForgetSegments.Segment { Session = 1, Sequence = 0 }] }));
        Assert.Empty(_driver.State.PendingDeletions);
    }

    [Fact]
    public void Deleting_records_moves_the_start_and_keeps_the_extent_around_it()
    {
        for (var i = 0; i < 5; i++)
        {
            var sequence = i;
            _driver.Commit(StateDriver.Alice, sequence, commit => { commit.BeginPiece(_topic.Ordinal, 0, 0); commit.Add(10, 10, 1); });
        }

        Assert.Equal(new DeleteRecordsResult(DeleteRecordsStatus.Deleted, 25), DeleteRecords(0, 25));
        Assert.Equal([20L, 30L, 40L], Extents(0).Select(extent => extent.BaseOffset));
        Assert.Equal(25, _topic.Find(0)!.View.LogStartOffset);
        Assert.Equal(new DeleteRecordsResult(DeleteRecordsStatus.Deleted, 25), DeleteRecords(0, 3));
        Assert.Equal(new DeleteRecordsResult(DeleteRecordsStatus.OffsetOutOfRange, 25), DeleteRecords(0, 51));
        Assert.Equal(new DeleteRecordsResult(DeleteRecordsStatus.OffsetOutOfRange, 25), DeleteRecords(0, -2));
        Assert.Equal(new DeleteRecordsResult(DeleteRecordsStatus.UnknownPartition, -1), DeleteRecords(3, 0));
        Assert.Equal(new DeleteRecordsResult(DeleteRecordsStatus.Deleted, 50), DeleteRecords(0, -1));
        Assert.Empty(Extents(0));
        var next = _driver.Commit(StateDriver.Alice, 9, commit => { commit.BeginPiece(_topic.Ordinal, 0, 0); commit.Add(10, 10, 1); });
        Assert.Equal(new BatchOutcome(BatchStatus.Appended, 50, 50), next.Batches[0]);
    }

    private CommitOutcome CommitOne(long sequence) => _driver.Apply(StateDriver.Alice, Command.Of(OneBatch(sequence)));

    private CommitSegment OneBatch(long sequence)
    {
        var builder = new CommitBuilder(sequence);
        builder.BeginPiece(_topic.Ordinal, 0, 0);
        builder.Add(10, 1, 1);
        return builder.Build(20);
    }

    private DeleteRecordsResult DeleteRecords(int partition, long before) => _driver.Apply(StateDriver.Alice, Command.Of(new DeleteRecords
    {
        Partitions = [new DeleteRecords.Target { Topic = (uint)_topic.Ordinal, Partition = (uint)partition, Before = before }],
    })).Partitions[0];

    private Extent[] Extents(int partition)
    {
        var map = _topic.Find(partition)!.View.Extents;
        var extents = new Extent[map.Count];
        map.CopyTo(0, extents);
        return extents;
    }
}
