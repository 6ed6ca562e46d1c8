using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class TransactionTests
{
    private readonly StateDriver _driver = StateDriver.WithAlice();
    private readonly TransactionDriver _client;
    private readonly Topic _topic;

    public TransactionTests()
    {
        _driver.Register(StateDriver.Alice, int.MaxValue);
        _client = new TransactionDriver(_driver);
        _topic = _driver.CreateTopic("t", 3);
    }

    [Fact]
    public void A_committed_transaction_becomes_stable_with_its_marker()
    {
        var producer = _client.Init();
        Assert.Equal(TransactionStatus.Done, _client.Add(producer, _topic, 0));
        Assert.Equal((BatchStatus.Appended, 0), _client.Write(producer, _topic, 0, 0, 5));
        _client.WriteOther(_topic, 0, 3);
        Assert.Equal((8, 0), Ends(0));
        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, producer.ProducerId, 0), _client.End(producer, commit: true));
        Assert.Equal((9, 9), Ends(0));
        Assert.Equal([new Marker(8, producer.ProducerId, _driver.TimeMs, 0, IsCommit: true)], Markers(0));
        Assert.Empty(View(0).Markers.AbortedIn(0, 9));
    }

    [Fact]
    public void An_aborted_transaction_is_on_the_list_of_all_ranges_that_it_reaches_into()
    {
        var producer = _client.Init();
        _client.Add(producer, _topic, 0);
        _client.WriteOther(_topic, 0, 2);
        _client.Write(producer, _topic, 0, 0, 5);
        _client.WriteOther(_topic, 0, 3);
        _client.End(producer, commit: false);
        _client.WriteOther(_topic, 0, 4);
        var aborted = new AbortedTransaction(producer.ProducerId, FirstOffset: 2, LastOffset: 10, StableOffset: 11);
        Assert.Equal([aborted], View(0).Markers.AbortedIn(0, 15));
        Assert.Equal([aborted], View(0).Markers.AbortedIn(10, 11));
        Assert.Equal([aborted], View(0).Markers.AbortedIn(8, 9)); // between its records and its marker
        Assert.Empty(View(0).Markers.AbortedIn(0, 2));
        Assert.Empty(View(0).Markers.AbortedIn(11, 15));
    }

    [Fact]
    public void The_end_of_a_transaction_is_one_step_for_all_its_partitions()
    {
        var producer = _client.Init();
        for (var partition = 0; partition < 3; partition++)
        {
            _client.Add(producer, _topic, partition);
            if (partition > 0) _client.Write(producer, _topic, partition, 0, 2);
        }

        var before = _driver.State.View.Version;
        _client.End(producer, commit: true);
        for (var partition = 0; partition < 3; partition++) Assert.Equal(before + 1, View(partition).Version);
        Assert.Equal([(1L, 1L), (3, 3), (3, 3)], new[] { Ends(0), Ends(1), Ends(2) }); // the first was added and never written to
    }

    [Fact]
    public void A_batch_for_a_partition_that_was_not_added_is_refused()
    {
        var producer = _client.Init();
        Assert.Equal((BatchStatus.NotInTransaction, -1), _client.Write(producer, _topic, 0, 0, 1));
        _client.Add(producer, _topic, 1);
        Assert.Equal((BatchStatus.NotInTransaction, -1), _client.Write(producer, _topic, 0, 0, 1));
        Assert.Equal((0, 0), Ends(0));
    }

    [Fact]
    public void A_batch_of_version_two_adds_its_partition_itself_and_must_begin_at_zero()
    {
        var producer = _client.Init();
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), _client.Write(producer, _topic, 0, 3, 1, joins: true));
        Assert.Equal(TransactionState.Empty, Find().State); // a refused batch opens nothing
        Assert.Equal((BatchStatus.Appended, 0), _client.Write(producer, _topic, 0, 0, 1, joins: true));
        Assert.Equal((TransactionState.Ongoing, _driver.TimeMs), (Find().State, Find().StartMs));
        Assert.Equal([((uint)_topic.Ordinal, 0u)], Find().Partitions);
    }

    [Fact]
    public void Each_transaction_of_version_two_has_an_epoch_of_its_own()
    {
        var producer = _client.Init();
        _client.Write(producer, _topic, 0, 0, 2, joins: true);
        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, producer.ProducerId, 1), _client.End(producer, commit: true, bumps: true));
        Assert.Equal((short)1, Markers(0)[0].Epoch);
        Assert.Equal((BatchStatus.StaleProducerEpoch, -1), _client.Write(producer, _topic, 0, 2, 1, joins: true)); // late, of the one that ended
        Assert.Equal((BatchStatus.StaleProducerEpoch, -1), _client.Write(producer, _topic, 1, 0, 1, joins: true)); // also where it never was
        var next = producer with { Epoch = 1 };
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), _client.Write(next, _topic, 0, 2, 1, joins: true));
        Assert.Equal((BatchStatus.Appended, 3), _client.Write(next, _topic, 0, 0, 1, joins: true));
    }

    [Fact]
    public void A_repeated_end_gets_the_same_answer_and_ends_nothing()
    {
        var producer = _client.Init();
        _client.Write(producer, _topic, 0, 0, 2, joins: true);
        var first = _client.End(producer, commit: true, bumps: true);
        Assert.Equal(first, _client.End(producer, commit: true, bumps: true));
        Assert.Equal(TransactionStatus.InvalidState, _client.End(producer, commit: false, bumps: true).Status);
        Assert.Single(Markers(0));

        var next = producer with { Epoch = 1 };
        _client.Write(next, _topic, 0, 0, 2, joins: true);
        Assert.Equal(TransactionStatus.Fenced, _client.End(producer, commit: true, bumps: true).Status); // a new one is open: too late
    }

    [Fact]
    public void Under_version_one_the_same_end_may_be_repeated_and_the_other_may_not()
    {
        var producer = _client.Init();
        Assert.Equal(TransactionStatus.InvalidState, _client.End(producer, commit: true).Status);
        Assert.Equal(TransactionStatus.InvalidState, _client.End(producer, commit: false).Status);
        _client.Add(producer, _topic, 0);
        _client.End(producer, commit: false);
        Assert.Equal(TransactionStatus.Done, _client.End(producer, commit: false).Status);
        Assert.Equal(TransactionStatus.InvalidState, _client.End(producer, commit: true).Status);
        Assert.Single(Markers(0));
    }

    [Fact]
    public void Aborting_nothing_under_version_two_only_fences()
    {
        var producer = _client.Init();
        Assert.Equal(TransactionStatus.InvalidState, _client.End(producer, commit: true, bumps: true).Status);
        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, producer.ProducerId, 1), _client.End(producer, commit: false, bumps: true));
        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, producer.ProducerId, 1), _client.End(producer, commit: false, bumps: true));
    }

    [Fact]
    public void Sequences_go_on_over_transactions_of_version_one()
    {
        var producer = _client.Init();
        _client.Add(producer, _topic, 0);
        _client.Write(producer, _topic, 0, 0, 2);
        _client.End(producer, commit: true);
        _client.Add(producer, _topic, 0);
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), _client.Write(producer, _topic, 0, 0, 1));
        Assert.Equal((BatchStatus.Appended, 3), _client.Write(producer, _topic, 0, 2, 1));
        Assert.Equal(3, View(0).LastStableOffset);
    }

    /// <summary>
    /// A client that aborts while it does not know whether a batch arrived, and then counts on as if it had not, must not be told that
    /// its next batch is there already: that one would be lost.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_has_the_sequence_of_a_batch_of_an_ended_transaction_is_no_repetition_of_it(bool commit)
    {
        var producer = _client.Init();
        _client.Add(producer, _topic, 0);
        _client.Write(producer, _topic, 0, 0, 2);
        _client.Write(producer, _topic, 0, 2, 1);
        _client.End(producer, commit);
        _client.Add(producer, _topic, 0);
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), _client.Write(producer, _topic, 0, 2, 1));
        Assert.Equal((BatchStatus.OutOfOrderSequence, -1), _client.Write(producer, _topic, 0, 0, 2));
        Assert.Equal((BatchStatus.Appended, 4), _client.Write(producer, _topic, 0, 3, 1));
        Assert.Equal((BatchStatus.Duplicate, 4), _client.Write(producer, _topic, 0, 3, 1));
    }

    [Fact]
    public void A_second_producer_fences_the_first_and_aborts_what_it_has_open()
    {
        var first = _client.Init();
        _client.Add(first, _topic, 0);
        _client.Write(first, _topic, 0, 0, 5);
        var second = _client.Init();
        Assert.Equal((first.ProducerId, (short)1), (second.ProducerId, second.Epoch));
        Assert.Equal((6, 6), Ends(0));
        Assert.Equal([new Marker(5, first.ProducerId, _driver.TimeMs, 1, IsCommit: false)], Markers(0));
        Assert.Equal((BatchStatus.StaleProducerEpoch, -1), _client.Write(first, _topic, 0, 5, 1));
        Assert.Equal((BatchStatus.StaleProducerEpoch, -1), _client.Write(first, _topic, 1, 0, 1, joins: true));
        Assert.Equal(TransactionStatus.Fenced, _client.Add(first, _topic, 0));
        Assert.Equal(TransactionStatus.Fenced, _client.End(first, commit: true).Status);
        Assert.Equal(TransactionStatus.Fenced, _client.End(first, commit: false, bumps: true).Status);
        _client.Add(second, _topic, 0);
        Assert.Equal((BatchStatus.Appended, 6), _client.Write(second, _topic, 0, 0, 1));
    }

    [Fact]
    public void A_producer_that_goes_on_gets_its_next_epoch_and_may_ask_twice()
    {
        var first = _client.Init();
        var next = _client.Init(producer: first.ProducerId, epoch: 0);
        Assert.Equal(new InitTransactionsOutcome(InitTransactionsStatus.Begun, first.ProducerId, 1), next);
        Assert.Equal(next, _client.Init(producer: first.ProducerId, epoch: 0)); // it did not hear the answer
        Assert.Equal(next with { Epoch = 2 }, _client.Init(producer: first.ProducerId, epoch: 1));
        Assert.Equal(InitTransactionsStatus.Fenced, _client.Init(producer: first.ProducerId, epoch: 0).Status);
        Assert.Equal(InitTransactionsStatus.Fenced, _client.Init(producer: first.ProducerId + 1, epoch: 2).Status);
        _client.Add(next with { Epoch = 2 }, _topic, 0);
        Assert.Equal(InitTransactionsStatus.Fenced, _client.Init(producer: first.ProducerId, epoch: 1).Status);
        Assert.Equal(TransactionState.Ongoing, Find().State); // one that is fenced ends nothing
    }

    [Fact]
    public void When_the_epochs_are_used_up_another_producer_id_takes_over()
    {
        var producer = _client.Init();
        var first = producer.ProducerId;
        for (var epoch = 1; epoch <= Transaction.LastEpochUsed; epoch++) producer = _client.Init();
        Assert.Equal((first, Transaction.LastEpochUsed), (producer.ProducerId, producer.Epoch));
        _client.Write(producer, _topic, 0, 0, 1, joins: true);
        var end = _client.End(producer, commit: true, bumps: true);
        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, first + 1, 0), end);
        Assert.Equal((first, short.MaxValue), (Markers(0)[0].ProducerId, Markers(0)[0].Epoch));
        Assert.Equal(end, _client.End(producer, commit: true, bumps: true)); // repeated under the old id
        Assert.Equal((BatchStatus.UnknownProducer, -1), _client.Write(producer, _topic, 1, 0, 1, joins: true));
        Assert.Equal(TransactionStatus.UnknownProducer, _client.Add(producer, _topic, 0));
    }

    [Fact]
    public void A_transaction_that_is_open_for_too_long_is_aborted_by_the_logs_clock()
    {
        var producer = _client.Init(timeoutMs: 5_000);
        _client.Add(producer, _topic, 0);
        _client.Write(producer, _topic, 0, 0, 5);
        Assert.Equal(_driver.TimeMs + 5_000, _driver.State.View.NextDeadlineMs);
        Pass(4_999);
        Assert.Equal(0, View(0).LastStableOffset);
        Pass(1);
        Assert.Equal((6, 6), Ends(0));
        Assert.Equal((TransactionState.CompleteAbort, (short)1), (Find().State, Find().Epoch));
        Assert.Equal((BatchStatus.StaleProducerEpoch, -1), _client.Write(producer, _topic, 0, 5, 1));
        Assert.Equal(TransactionStatus.Fenced, _client.End(producer, commit: true).Status);
        Assert.Equal(InitTransactionsStatus.Fenced, _client.Init(producer: producer.ProducerId, epoch: 0).Status);
        Assert.Equal(new EndTransactionOutcome(TransactionStatus.Done, producer.ProducerId, 1), _client.End(producer, commit: false, bumps: true)); // of version two: it learns its epoch
    }

    [Fact]
    public void An_unused_transactional_id_is_forgotten_after_a_week_and_its_epoch_with_it()
    {
        var producer = _client.Init();
        Pass(TransactionTable.DefaultExpirationMs - 1);
        Assert.Equal(1, _driver.State.TransactionCount);
        Pass(1);
        Assert.Equal(0, _driver.State.TransactionCount);
        Assert.Equal(TransactionStatus.UnknownProducer, _client.Add(producer, _topic, 0));
        Assert.NotEqual(producer.ProducerId, _client.Init().ProducerId);
    }

    [Fact]
    public void A_batch_outside_of_the_transaction_is_refused_where_its_producer_has_one_open()
    {
        var producer = _client.Init();
        _client.Add(producer, _topic, 0);
        _client.Write(producer, _topic, 0, 0, 1);
        Assert.Equal((BatchStatus.OutsideTransaction, -1), _client.WritePlain(producer, _topic, 0, 1, 1));
        Assert.Equal((BatchStatus.Appended, 0), _client.WritePlain(producer, _topic, 1, 0, 1));
    }

    [Fact]
    public void A_repeated_batch_of_an_open_transaction_gets_its_first_offset()
    {
        var producer = _client.Init();
        _client.Write(producer, _topic, 0, 0, 3, joins: true);
        Assert.Equal((BatchStatus.Duplicate, 0), _client.Write(producer, _topic, 0, 0, 3, joins: true));
        Assert.Equal((3, 0), Ends(0));
    }

    [Fact]
    public void The_producer_id_of_a_transactional_id_cannot_be_had_without_it()
    {
        var producer = _client.Init();
        var other = _driver.Apply(StateDriver.Alice, Command.Of(new InitProducerId { ProducerId = new ProducerId(producer.ProducerId), Epoch = producer.Epoch }));
        Assert.NotEqual(producer.ProducerId, other.ProducerId);
        Assert.Equal(InitTransactionsStatus.InvalidTimeout, _client.Init("other", timeoutMs: 0).Status);
    }

    [Fact]
    public void Deleting_records_takes_markers_and_aborted_transactions_with_it()
    {
        var producer = _client.Init();
        _client.Write(producer, _topic, 0, 0, 5, joins: true);
        _client.End(producer, commit: false, bumps: true);
        _client.Write(producer with { Epoch = 1 }, _topic, 0, 0, 5, joins: true);
        DeleteBefore(5);
        Assert.Single(Markers(0));
        Assert.Single(View(0).Markers.AbortedIn(5, 6));
        DeleteBefore(6);
        Assert.Empty(Markers(0));
        Assert.Equal(0, View(0).Markers.AbortedCount);
        DeleteBefore(8); // inside the open transaction
        Assert.Equal((8, 8), (View(0).LogStartOffset, View(0).LastStableOffset));
    }

    [Fact]
    public void A_transaction_outlives_the_deletion_of_one_of_its_topics()
    {
        var other = _driver.CreateTopic("u");
        var producer = _client.Init();
        _client.Write(producer, other, 0, 0, 5, joins: true);
        _client.Write(producer, _topic, 0, 0, 5, joins: true);
        _driver.Apply(StateDriver.Alice, Command.Of(new DeleteTopic { TopicId = other.Id }));
        Assert.Equal(TransactionStatus.Done, _client.End(producer, commit: true, bumps: true).Status);
        Assert.Equal((6, 6), Ends(0));
    }

    [Fact]
    public void A_partition_that_is_not_there_keeps_all_others_from_being_added()
    {
        var producer = _client.Init();
        Assert.Equal(TransactionStatus.UnknownPartition, _client.Add(producer, _topic, 9));
        Assert.Equal(TransactionState.Empty, Find().State);
    }

    [Fact]
    public void An_administrators_abort_ends_the_whole_transaction_and_fences()
    {
        var producer = _client.Init();
        _client.Write(producer, _topic, 0, 0, 5, joins: true);
        _client.Write(producer, _topic, 1, 0, 5, joins: true);
        Assert.Equal([AbortTransactionStatus.UnknownPartition, AbortTransactionStatus.NothingOpen, AbortTransactionStatus.Aborted, AbortTransactionStatus.StaleEpoch], Abort(producer, 9, 2, 0, 1));
        Assert.Equal([(6L, 6L), (6, 6)], new[] { Ends(0), Ends(1) });
        Assert.Equal(TransactionStatus.Fenced, _client.End(producer, commit: true).Status);
    }

    [Fact]
    public void A_producer_with_an_open_transaction_is_not_forgotten_and_not_pushed_out()
    {
        var small = new StateDriver(new ClusterState(maxProducerEntries: 2));
        small.Register(StateDriver.Alice, int.MaxValue);
        var topic = small.CreateTopic("t");
        var client = new TransactionDriver(small);
        var producers = Enumerable.Range(0, 4).Select(i => client.Init($"tx{i}", int.MaxValue)).ToList();
        foreach (var producer in producers) client.Write(producer, topic, 0, 0, 1, joins: true);
        small.TimeMs += 48L * 3600 * 1000;
        small.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        Assert.Equal(4, small.State.ProducerCount);
        Assert.Equal(0, topic.Find(0)!.View.LastStableOffset);
    }

    [Fact]
    public void The_first_of_several_open_transactions_holds_the_stable_offset()
    {
        var first = _client.Init("a");
        var second = _client.Init("b");
        _client.Write(first, _topic, 0, 0, 5, joins: true);
        _client.Write(second, _topic, 0, 0, 5, joins: true);
        _client.End(second, commit: false, bumps: true, id: "b");
        Assert.Equal((11, 0), Ends(0));
        _client.End(first, commit: true, bumps: true, id: "a");
        Assert.Equal((12, 12), Ends(0));
        Assert.Equal([new AbortedTransaction(second.ProducerId, 5, 10, StableOffset: 0)], View(0).Markers.AbortedIn(0, 12));
    }

    private PartitionView View(int partition) => _topic.Find(partition)!.View;

    private (long HighWatermark, long LastStable) Ends(int partition) => (View(partition).HighWatermark, View(partition).LastStableOffset);

    private List<Marker> Markers(int partition) => [.. Enumerable.Range(0, View(partition).Markers.Count).Select(i => View(partition).Markers[i])];

    private TransactionInfo Find() => _driver.State.FindTransaction(new TransactionalId("tx"))!;

    private void Pass(long ms)
    {
        _driver.TimeMs += ms;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
    }

    private void DeleteBefore(long offset) => _driver.Apply(
        StateDriver.Alice, Command.Of(new DeleteRecords { Partitions = [new() { Topic = (uint)_topic.Ordinal, Partition = 0, Before = offset }] }));

    private AbortTransactionStatus[] Abort(InitTransactionsOutcome producer, params int[] partitions) => _driver.Apply(StateDriver.Alice, Command.Of(new AbortTransactions
    {
        Targets = [.. partitions.Select(partition => new AbortTransactions.Target
        {
            ProducerId = (ulong)producer.ProducerId, Epoch = (uint)producer.Epoch, Topic = (uint)_topic.Ordinal, Partition = (uint)partition,
        })],
    })).Statuses;
}
