using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class CommittedOffsetTests : HandMade
{
    [Fact]
    public void Who_fetches_the_last_committed_offset_is_fine()
    {
        Fetched(null);
        Committed(5);
        Committed(8);
        Fetched(8);
        Committed(3); // a group may go back on purpose
        Fetched(3);
        AssertFine();
    }

    [Fact]
    public void A_committed_offset_that_is_not_there_is_caught()
    {
        var commit = Committed(5);
        var fetch = Fetched(null);
        Assert.Equal([commit, fetch], AssertFound(AnomalyKind.LostOffsetCommit)[0].Operations);
    }

    [Fact]
    public void An_older_offset_than_the_last_committed_is_caught()
    {
        Committed(5);
        Committed(8);
        Fetched(5);
        AssertFound(AnomalyKind.LostOffsetCommit);
    }

    [Fact]
    public void Commits_side_by_side_may_end_in_either_order()
    {
        var first = Committed(5);
        Now = first.Invoked + 1;
        Committed(8);
        Fetched(5);
        AssertFine();
    }

    [Fact]
    public void A_fetch_beside_a_commit_may_see_it_or_not()
    {
        Committed(5);
        var commit = Committed(8);
        Now = commit.Invoked + 1;
        Fetched(5);
        Now = commit.Invoked + 1;
        Fetched(8);
        AssertFine();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public void A_commit_whose_answer_was_lost_may_have_happened_or_not(long seen)
    {
        Committed(5);
        Committed(8, Outcome.Unknown);
        Fetched(seen);
        AssertFine();
    }

    [Fact]
    public void Once_seen_it_has_happened()
    {
        Committed(5);
        Committed(8, Outcome.Unknown);
        Fetched(8);
        Fetched(5);
        AssertFound(AnomalyKind.LostOffsetCommit);
    }

    [Fact]
    public void An_offset_committed_again_and_again_is_told_by_its_last_commit()
    {
        for (var i = 0; i < 5; i++)
            Committed(5);
        Committed(8);
        Committed(5);
        Fetched(5);
        AssertFine();
    }

    [Fact]
    public void An_offset_that_nobody_committed_or_that_was_refused_is_caught()
    {
        Fetched(4);
        Committed(6, Outcome.Failed);
        Fetched(6);
        AssertFound(AnomalyKind.PhantomOffsetCommit, AnomalyKind.PhantomOffsetCommit);
    }

    [Fact]
    public void Groups_and_partitions_have_their_own_offsets()
    {
        Committed(5);
        Fetched(null, group: "other");
        AssertFine();
    }

    [Fact]
    public void An_offset_in_a_transaction_counts_once_that_is_committed()
    {
        var transaction = Began(1);
        Committed(5, transaction: 1);
        Fetched(null);
        Ended(transaction, Verdict.Committed);
        Fetched(5);
        AssertFine();
    }

    [Fact]
    public void An_offset_of_a_committed_transaction_that_is_not_there_is_caught()
    {
        var transaction = Began(1);
        Committed(5, transaction: 1);
        Ended(transaction, Verdict.Committed);
        Fetched(null);
        AssertFound(AnomalyKind.LostOffsetCommit);
    }

    [Fact]
    public void An_offset_of_an_aborted_transaction_that_is_there_is_caught()
    {
        var transaction = Began(1);
        Committed(5, transaction: 1);
        Ended(transaction, Verdict.Aborted, committing: false);
        Fetched(5);
        AssertFound(AnomalyKind.PhantomOffsetCommit);
    }

    [Fact]
    public void An_offset_seen_before_its_transaction_was_asked_to_commit_is_caught()
    {
        var transaction = Began(1);
        Committed(5, transaction: 1);
        Fetched(5);
        Ended(transaction, Verdict.Committed);
        AssertFound(AnomalyKind.PhantomOffsetCommit);
    }

    [Fact]
    public void An_offset_of_a_transaction_whose_records_are_hidden_is_caught()
    {
        var transaction = Began(1);
        Sent(10, offset: 0, transaction: 1);
        Committed(5, transaction: 1);
        Ended(transaction, Verdict.Unknown);
        There.AddAbortedRecord(0, 10);
        Fetched(5);
        AssertFound(AnomalyKind.PhantomOffsetCommit);
    }

    private OffsetCommit Committed(long offset, Outcome outcome = Outcome.Succeeded, long? transaction = null)
    {
        var commit = new OffsetCommit { Client = Reader, Invoked = Now, Group = "g", Partition = Partition, Offset = offset, Transaction = transaction };
        commit.Complete(outcome, Now + 5);
        Now += 10;
        History.Add(commit);
        return commit;
    }

    private OffsetFetch Fetched(long? offset, string group = "g")
    {
        var fetch = new OffsetFetch { Client = Reader, Invoked = Now, Group = group, Partition = Partition, Offset = offset };
        fetch.Complete(Outcome.Succeeded, Now + 5);
        Now += 10;
        History.Add(fetch);
        return fetch;
    }
}
