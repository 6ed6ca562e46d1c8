using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class ReorderingTests : HandMade
{
    [Fact]
    public void Two_records_of_a_producer_in_the_wrong_order_are_caught()
    {
        Sent(10, outcome: Outcome.Unknown);
        Sent(11, outcome: Outcome.Unknown);
        Found(11, 10);
        AssertFound(AnomalyKind.Reordered);
    }

    [Fact]
    public void A_record_far_behind_its_place_is_caught_once()
    {
        for (var value = 10; value < 14; value++)
            Sent(value, outcome: Outcome.Unknown);
        Found(11, 12, 13, 10);
        AssertFound(AnomalyKind.Reordered);
    }

    [Fact]
    public void A_producer_without_idempotence_may_reorder_what_it_retried()
    {
        Sent(10, outcome: Outcome.Unknown, idempotent: false);
        Sent(11, outcome: Outcome.Unknown, idempotent: false);
        Found(11, 10);
        AssertFine();
    }

    [Fact]
    public void A_write_before_one_that_was_acknowledged_before_it_began_is_caught()
    {
        Sent(10, offset: 1);
        Sent(20, offset: 0, client: OtherProducer);
        Found(20, 10);
        AssertFound(AnomalyKind.Reordered);
    }

    [Fact]
    public void Writes_side_by_side_may_stand_in_either_order()
    {
        var first = Sent(10, offset: 1);
        Now = first.Invoked + 1;
        Sent(20, offset: 0, client: OtherProducer);
        Found(20, 10);
        AssertFine();
    }

    [Fact]
    public void Each_partition_has_its_own_order()
    {
        Sent(10, offset: 0);
        Sent(11, offset: 0, partition: OtherPartition);
        Sent(12, offset: 1);
        Found(10, 12);
        Contents[OtherPartition].AddRecord(0, 11);
        AssertFine();
    }
}
