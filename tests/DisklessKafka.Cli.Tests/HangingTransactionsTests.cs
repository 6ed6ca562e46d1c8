using DisklessKafka.Cli.Admin;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>Which open transactions nobody will end. Here none ever hangs, in Kafka's brokers one may.</summary>
public sealed class HangingTransactionsTests
{
    private static readonly PartitionProducer Open = new("orders", 1, ProducerId: 7, ProducerEpoch: 2, LastSequence: 4, LastTimestampMs: 1_000, CoordinatorEpoch: 0, TransactionStartOffset: 3);

    [Fact]
    public void Only_what_is_open_and_has_long_been_silent_is_looked_at() => Assert.Equal(
        [Open],
        HangingTransactions.Candidates([Open, Open with { TransactionStartOffset = null }, Open with { LastTimestampMs = 2_000 }], sinceMs: 2_000));

    [Fact]
    public void A_partition_that_the_producers_coordinator_knows_does_not_hang() =>
        Assert.Empty(HangingTransactions.Among([Open], [Known(7, ("orders", 0), ("orders", 1))]));

    [Fact]
    public void One_that_no_coordinator_knows_hangs() => Assert.Equal([Open], HangingTransactions.Among([Open], []));

    [Fact]
    public void One_that_only_another_producers_transaction_has_hangs() => Assert.Equal([Open], HangingTransactions.Among([Open], [Known(8, ("orders", 1))]));

    [Fact]
    public void One_that_the_producers_new_transaction_does_not_have_hangs() => Assert.Equal([Open], HangingTransactions.Among([Open], [Known(7, ("orders", 0), ("other", 1))]));

    private static CoordinatedTransaction Known(long producer, params (string, int)[] partitions) => new("pay", producer, partitions.ToHashSet());
}
