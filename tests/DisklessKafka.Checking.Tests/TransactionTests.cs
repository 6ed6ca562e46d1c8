using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class TransactionTests : HandMade
{
    [Fact]
    public void A_committed_transaction_that_is_read_after_its_end_is_fine()
    {
        Commit(Began(1));
        Found(10, 11);
        There.AddMarker(2);
        PolledCommitted(0, 3, (0, 10), (1, 11));
        AssertFine();
    }

    [Fact]
    public void An_aborted_transaction_that_only_readers_of_everything_see_is_fine()
    {
        Abort(Began(1));
        Hidden(10, 11);
        Polled(Reader, 0, 3, false, (0, 10), (1, 11));
        Polled(OtherReader, 0, 3, true);
        AssertFine();
    }

    [Fact]
    public void Who_reads_everything_and_misses_an_aborted_record_skipped_it()
    {
        Abort(Began(1));
        Hidden(10, 11);
        Polled(0, 3, (0, 10));
        AssertFound(AnomalyKind.SkippedRecord);
    }

    [Fact]
    public void An_aborted_record_read_as_committed_is_caught()
    {
        Abort(Began(1));
        Hidden(10, 11);
        PolledCommitted(0, 3, (0, 10));
        AssertFound(AnomalyKind.AbortedRead);
    }

    [Fact]
    public void An_aborted_transaction_that_stands_as_committed_in_the_end_is_caught()
    {
        Abort(Began(1));
        Found(10, 11);
        There.AddMarker(2);
        AssertFound(AnomalyKind.AbortedRead, AnomalyKind.AbortedRead);
    }

    [Fact]
    public void A_transaction_that_was_never_asked_to_end_may_only_be_aborted()
    {
        var open = Began(1);
        Sent(10, offset: 0, transaction: 1);
        Found(10);
        There.AddMarker(1);
        Assert.Contains(open, AssertFound(AnomalyKind.AbortedRead)[0].Operations);
    }

    [Fact]
    public void A_record_read_as_committed_before_anybody_asked_for_that_is_caught()
    {
        var transaction = Began(1);
        Sent(10, offset: 0, transaction: 1);
        PolledCommitted(0, 1, (0, 10));
        Ended(transaction, Verdict.Committed);
        Found(10);
        There.AddMarker(1);
        AssertFound(AnomalyKind.ReadBeforeCommit);
    }

    [Fact]
    public void Who_reads_everything_may_see_an_open_transaction()
    {
        var transaction = Began(1);
        Sent(10, offset: 0, transaction: 1);
        Polled(0, 1, (0, 10));
        Ended(transaction, Verdict.Committed);
        Found(10);
        There.AddMarker(1);
        AssertFine();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_commit_whose_answer_was_lost_shows_all_or_nothing(bool committed)
    {
        Write(1);
        Ended(History.Transactions[0], Verdict.Unknown);
        if (committed)
            Found(10, 11);
        else
            Hidden(10, 11);
        AssertFine();
    }

    [Fact]
    public void Part_of_a_transaction_that_is_there_while_part_is_hidden_is_caught()
    {
        Write(1);
        Ended(History.Transactions[0], Verdict.Unknown);
        There.AddRecord(0, 10);
        There.AddAbortedRecord(1, 11);
        AssertFound(AnomalyKind.TornTransaction);
    }

    [Fact]
    public void Part_of_a_committed_transaction_that_is_gone_is_torn_and_lost()
    {
        Commit(Began(1));
        There.AddRecord(0, 10);
        AssertFound(AnomalyKind.LostWrite, AnomalyKind.TornTransaction);
    }

    [Fact]
    public void A_transaction_that_lost_a_deleted_record_is_whole()
    {
        Commit(Began(1));
        There.AddRemoved(0, 1);
        There.AddRecord(1, 11);
        There.AddMarker(2);
        AssertFine();
    }

    [Fact]
    public void A_commit_that_is_answered_with_an_abort_shows_nothing()
    {
        Write(1);
        Ended(History.Transactions[0], Verdict.Aborted, committing: true);
        Found(10, 11);
        AssertFound(AnomalyKind.AbortedRead, AnomalyKind.AbortedRead);
    }

    private void Write(long id) => Write(Began(id));

    private void Write(Transaction transaction)
    {
        Sent(10, offset: 0, transaction: transaction.Id);
        Sent(11, offset: 1, transaction: transaction.Id);
    }

    private void Commit(Transaction transaction)
    {
        Write(transaction);
        Ended(transaction, Verdict.Committed);
    }

    private void Abort(Transaction transaction)
    {
        Write(transaction);
        Ended(transaction, Verdict.Aborted, committing: false);
    }

    private void Hidden(params long[] values)
    {
        foreach (var value in values)
            There.AddAbortedRecord(There.Entries.Count, value);
        There.AddMarker(There.Entries.Count);
    }
}
