using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class DuplicateTests : HandMade
{
    [Fact]
    public void A_record_that_is_there_twice_is_caught_also_when_nobody_was_told_of_it()
    {
        Sent(10, outcome: Outcome.Unknown);
        Found(10, 10);
        AssertFound(AnomalyKind.Duplicate);
    }

    [Fact]
    public void A_transactions_record_that_is_there_twice_is_caught()
    {
        var transaction = Began(1);
        Sent(10, offset: 0, transaction: 1);
        Ended(transaction, Verdict.Committed);
        Found(10, 10);
        There.AddMarker(2);
        AssertFound(AnomalyKind.Duplicate);
    }

    [Fact]
    public void A_record_that_is_there_twice_under_one_offset_is_a_gap_at_least()
    {
        Sent(10, outcome: Outcome.Unknown);
        There.AddRecord(0, 10);
        There.AddRecord(0, 10);
        AssertFound(AnomalyKind.OffsetGap);
    }

    [Fact]
    public void A_producer_without_idempotence_may_repeat_what_it_retried()
    {
        Sent(10, offset: 1, idempotent: false);
        Found(10, 10);
        AssertFine();
    }
}
