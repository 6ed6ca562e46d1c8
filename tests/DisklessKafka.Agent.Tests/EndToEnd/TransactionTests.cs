using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Agents;
using static DisklessKafka.TestKit.Agents.WireClientVerbs;

namespace DisklessKafka.Agent.Tests.EndToEnd;

public sealed class TransactionTests : IAsyncLifetime
{
    private const short Announced = 11, Joining = 13; // produce versions of the two flows

    private readonly InProcessCluster _cluster = new();
    private AgentNode _agent = null!;
    private WireClient _client = null!;
    private TopicId _topic;

    public async Task InitializeAsync()
    {
        _agent = await _cluster.StartAgentAsync();
        _client = await InProcessCluster.ConnectAsync(_agent);
        _topic = await _client.CreateTopicAsync("t", partitions: 2);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Committed_records_come_with_their_marker_and_open_ones_do_not_come()
    {
        var producer = await BeginAsync("tx");
        Assert.Equal(ErrorCode.None, await producer.AddAsync(_client, "t", 0));
        Assert.Equal((ErrorCode.None, 0L), await WriteAsync(producer, 0, Announced, "a", "b"));
        var open = await _client.FetchAsync(_topic, 0, 0, committed: true);
        Assert.Equal((0, 2L, 0L), (open.Batches().Count, open.HighWatermark, open.LastStableOffset));
        Assert.Equal([(0, "a"), (1, "b")], (await _client.FetchAsync(_topic, 0, 0)).Records()); // read_uncommitted
        Assert.Equal(ErrorCode.None, await producer.EndAsync(_client, commit: true, version: 3));

        var read = await _client.FetchAsync(_topic, 0, 0, committed: true);
        Assert.Equal((3L, 3L), (read.HighWatermark, read.LastStableOffset));
        Assert.Equal(["a", "b"], read.Committed());
        Assert.Empty(read.AbortedTransactions!);
        var marker = read.Batches()[1];
        Assert.Equal(["00000001"], marker.Values); // version 0, commit
        Assert.Equal((2L, producer.ProducerId.Value, (short)0, true, true), (marker.Header.BaseOffset, marker.Header.ProducerId, marker.Header.ProducerEpoch, marker.Header.IsControl, marker.Header.IsTransactional));
        Assert.Null((await _client.FetchAsync(_topic, 0, 0)).AbortedTransactions);
    }

    [Fact]
    public async Task Aborted_records_are_named_to_those_who_read_committed_ones()
    {
        var producer = await BeginAsync("tx");
        await WriteAsync(producer, 0, Joining, "no", "no");
        await _client.ProduceAsync(_topic, 0, Batch(1, "plain"));
        Assert.Equal(ErrorCode.None, await producer.EndAsync(_client, commit: false, version: 5));
        await WriteAsync(producer, 0, Joining, "yes");
        Assert.Equal(ErrorCode.None, await producer.EndAsync(_client, commit: true, version: 5));

        var read = await _client.FetchAsync(_topic, 0, 0, committed: true);
        Assert.Equal([(producer.ProducerId.Value, 0L)], read.AbortedTransactions!.Select(aborted => (aborted.ProducerId.Value, aborted.FirstOffset)));
        Assert.Equal(["plain", "yes"], read.Committed());
        Assert.Equal([0L, 2, 3, 4, 5], read.Batches().Select(batch => batch.Header.BaseOffset));
        Assert.Equal(["plain", "yes"], (await _client.FetchAsync(_topic, 0, 1, committed: true)).Committed());
        Assert.Equal(["yes"], (await _client.FetchAsync(_topic, 0, 3, committed: true)).Committed()); // from the marker on
        Assert.Empty((await _client.FetchAsync(_topic, 0, 4, committed: true)).AbortedTransactions!);
    }

    [Fact]
    public async Task A_partition_whose_newest_thing_is_a_marker_can_be_read_to_its_end()
    {
        var producer = await BeginAsync("tx");
        await producer.AddAsync(_client, "t", 0);
        await producer.EndAsync(_client, commit: true, version: 3); // nothing was written: only a marker
        var only = await _client.FetchAsync(_topic, 0, 0, committed: true);
        Assert.Equal([0L], only.Batches().Select(batch => batch.Header.BaseOffset));
        Assert.Empty((await _client.FetchAsync(_topic, 0, 1, committed: true)).Batches());
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await _client.FetchAsync(_topic, 0, 2, committed: true)).ErrorCode);
    }

    [Fact]
    public async Task A_small_fetch_gets_on_batch_by_batch_and_marker_by_marker()
    {
        var producer = await BeginAsync("tx");
        for (var i = 0; i < 3; i++)
        {
            await WriteAsync(producer, 0, Joining, $"{i}");
            await producer.EndAsync(_client, commit: i != 1, version: 5);
        }

        var values = new List<string>();
        var offsets = new List<long>();
        for (var next = 0L; next < 6;)
        {
            var read = await _client.FetchAsync(_topic, 0, next, committed: true, partitionMaxBytes: 1);
            var batch = Assert.Single(read.Batches());
            offsets.Add(batch.Header.BaseOffset);
            values.AddRange(read.Committed());
            next = batch.Header.LastOffset + 1;
        }

        Assert.Equal([0L, 1, 2, 3, 4, 5], offsets);
        Assert.Equal(["0", "2"], values);
    }

    [Fact]
    public async Task A_reader_past_the_last_stable_offset_gets_nothing_and_waits()
    {
        var producer = await BeginAsync("tx");
        await WriteAsync(producer, 0, Joining, "a", "b", "c");
        var early = await _client.FetchAsync(_topic, 0, 1, committed: true, maxWaitMs: 50);
        Assert.Equal((ErrorCode.None, 0), (early.ErrorCode, early.Batches().Count));
    }

    [Fact]
    public async Task A_waiting_reader_is_woken_when_the_transaction_commits()
    {
        var producer = await BeginAsync("tx");
        await WriteAsync(producer, 0, Joining, "a");
        await using var consumer = await InProcessCluster.ConnectAsync(await _cluster.StartAgentAsync());
        await consumer.ListOffsetAsync("t", 0, -1);
        var waiting = consumer.FetchAsync(_topic, 0, 0, committed: true, maxWaitMs: 15_000);
        await producer.EndAsync(_client, commit: true, version: 5);
        Assert.Equal(["a"], (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).Committed());
    }

    [Fact]
    public async Task The_latest_offset_of_committed_records_is_the_last_stable_one()
    {
        var producer = await BeginAsync("tx");
        await _client.ProduceAsync(_topic, 0, Batch(500, "before"));
        await WriteAsync(producer, 0, Joining, "a");
        Assert.Equal((1L, -1L), await ListCommittedAsync(-1));
        Assert.Equal((-1L, -1L), await ListCommittedAsync(1_000)); // the record of that time is not stable yet
        await producer.EndAsync(_client, commit: true, version: 5);
        Assert.Equal((3L, -1L), await ListCommittedAsync(-1));
        Assert.Equal((1L, 1_000L), await ListCommittedAsync(1_000));
    }

    [Fact]
    public async Task A_batch_for_a_partition_that_was_not_announced_is_refused_in_the_words_that_its_client_knows()
    {
        var producer = await BeginAsync("tx");
        Assert.Equal((ErrorCode.InvalidTxnState, -1L), await WriteAsync(producer, 0, 10, "a"));
        Assert.Equal((ErrorCode.TransactionAbortable, -1L), await WriteAsync(producer, 0, Announced, "a"));
        Assert.Equal((ErrorCode.None, 0L), await WriteAsync(producer, 0, Joining, "a"));
    }

    [Fact]
    public async Task A_second_producer_fences_the_first_and_aborts_what_it_has_open()
    {
        var first = await BeginAsync("tx");
        await WriteAsync(first, 0, Joining, "lost");
        var second = await BeginAsync("tx");
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await WriteAsync(first, 0, Joining, "late")).Error);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, (await WriteAsync(first, 1, Joining, "late")).Error);
        Assert.Equal(ErrorCode.ProducerFenced, await first.EndAsync(_client, commit: true, version: 5));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await first.EndAsync(_client, commit: true, version: 1));
        Assert.Equal(ErrorCode.ProducerFenced, await first.AddAsync(_client, "t", 0, version: 3));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await first.AddAsync(_client, "t", 0, version: 1));
        Assert.Equal(ErrorCode.ProducerFenced, await first.InitAsync(_client, goesOn: true));
        await WriteAsync(second, 0, Joining, "kept");
        await second.EndAsync(_client, commit: true, version: 5);
        Assert.Equal(["kept"], (await _client.FetchAsync(_topic, 0, 0, committed: true)).Committed());
    }

    [Fact]
    public async Task A_transaction_goes_on_through_another_agent_when_its_own_is_killed()
    {
        var producer = await BeginAsync("tx");
        await WriteAsync(producer, 0, Joining, "through the first");
        var other = await _cluster.StartAgentAsync();
        await _agent.DisposeAsync();
        await using var client = await InProcessCluster.ConnectAsync(other);
        Assert.Equal((ErrorCode.None, 1L), await producer.WriteAsync(client, "t", _topic, 0, Joining, "through the second"));
        Assert.Equal(ErrorCode.None, await producer.EndAsync(client, commit: true, version: 5));
        Assert.Equal(["through the first", "through the second"], (await client.FetchAsync(_topic, 0, 0, committed: true)).Committed());
    }

    [Fact]
    public async Task A_transaction_that_is_open_for_too_long_is_aborted_while_nobody_does_anything()
    {
        var producer = new TransactionClient("tx");
        Assert.Equal(ErrorCode.None, await producer.InitAsync(_client, timeoutMs: 300));
        await WriteAsync(producer, 0, Joining, "late");
        var read = await _client.FetchAsync(_topic, 0, 0, committed: true, maxWaitMs: 15_000);
        Assert.Empty(read.Committed());
        Assert.Equal(2, read.Batches().Count); // the batch and its abort
        Assert.Equal(ErrorCode.ProducerFenced, await producer.EndAsync(_client, commit: true, version: 4));
    }

    [Fact]
    public async Task Time_outs_that_are_none_or_too_long_and_empty_ids_are_refused()
    {
        Assert.Equal(ErrorCode.InvalidTransactionTimeout, await new TransactionClient("tx").InitAsync(_client, timeoutMs: 0));
        Assert.Equal(ErrorCode.InvalidTransactionTimeout, await new TransactionClient("tx").InitAsync(_client, timeoutMs: 900_001));
        Assert.Equal(ErrorCode.InvalidRequest, await new TransactionClient("").InitAsync(_client));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await new TransactionClient("never").AddAsync(_client, "t", 0));
    }

    [Fact]
    public async Task Offsets_are_unstable_until_the_transaction_ends_and_count_from_then_on()
    {
        var producer = await BeginAsync("tx");
        Assert.Equal(ErrorCode.InvalidTxnState, await producer.CommitOffsetAsync(_client, "g", "t", 0, 7, version: 3));
        Assert.Equal(ErrorCode.TransactionAbortable, await producer.CommitOffsetAsync(_client, "g", "t", 0, 7, version: 4));
        Assert.Equal(ErrorCode.None, await producer.AddGroupAsync(_client, "g"));
        Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync(_client, "g", "t", 0, 7, version: 3));
        Assert.Equal((ErrorCode.UnstableOffsetCommit, -1L), await FetchOffsetAsync(requireStable: true));
        Assert.Equal((ErrorCode.None, -1L), await FetchOffsetAsync(requireStable: false));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await producer.CommitOffsetAsync(_client, "g", "no", 0, 7, version: 3));
        await producer.EndAsync(_client, commit: true, version: 3);
        Assert.Equal((ErrorCode.None, 7L), await FetchOffsetAsync(requireStable: true));
        Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync(_client, "g", "t", 0, 9, version: 5)); // joins by itself
        await producer.EndAsync(_client, commit: false, version: 5);
        Assert.Equal((ErrorCode.None, 7L), await FetchOffsetAsync(requireStable: true));
    }

    [Fact]
    public async Task One_partition_that_is_not_there_keeps_all_others_from_being_added()
    {
        var producer = await BeginAsync("tx");
        var answer = await _client.SendAsync(new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = producer.Id, V3AndBelowProducerId = producer.ProducerId, V3AndBelowProducerEpoch = producer.Epoch,
            V3AndBelowTopics = [new() { Name = new TopicName("t"), Partitions = [0, 7] }],
        }, 3);
        Assert.Equal([ErrorCode.OperationNotAttempted, ErrorCode.UnknownTopicOrPartition], answer.ResultsByTopicV3AndBelow[0].ResultsByPartition.Select(result => result.PartitionErrorCode));
    }

    [Fact]
    public async Task Several_transactions_are_added_to_and_verified_in_one_request()
    {
        var (first, second) = (await BeginAsync("one"), await BeginAsync("two"));
        Assert.Equal([ErrorCode.None, ErrorCode.InvalidProducerIdMapping], await BatchAsync(5, false, (first, 0), (new TransactionClient("never"), 0)));
        Assert.Equal([ErrorCode.None, ErrorCode.TransactionAbortable, ErrorCode.TransactionAbortable], await BatchAsync(5, true, (first, 0), (first, 1), (second, 0)));
        Assert.Equal([ErrorCode.InvalidTxnState], await BatchAsync(4, true, (first, 1)));
    }

    [Fact]
    public async Task Administrators_see_transactions_and_abort_one_that_hangs()
    {
        var producer = await BeginAsync("hangs");
        await BeginAsync("idle");
        await WriteAsync(producer, 1, Joining, "a");
        var described = (await _client.SendAsync(new DescribeTransactionsRequest { TransactionalIds = [producer.Id, new TransactionalId("never")] })).TransactionStates;
        Assert.Equal((ErrorCode.None, "Ongoing", 60_000, producer.ProducerId), (described[0].ErrorCode, described[0].TransactionState, described[0].TransactionTimeoutMs, described[0].ProducerId));
        Assert.Equal(("t", 1), (described[0].Topics[0].Topic.Value, described[0].Topics[0].Partitions[0]));
        Assert.Equal(ErrorCode.TransactionalIdNotFound, described[1].ErrorCode);
        Assert.Equal(["hangs", "idle"], await ListAsync(new()));
        Assert.Equal(["hangs"], await ListAsync(new() { StateFilters = ["Ongoing", "nonsense"] }));
        Assert.Equal(["idle"], await ListAsync(new() { TransactionalIdPattern = "i.*e" }));
        Assert.Empty(await ListAsync(new() { TransactionalIdPattern = "dl" }));
        Assert.Empty(await ListAsync(new() { DurationFilter = 50_000 }));
        Assert.Equal(["hangs"], await ListAsync(new() { ProducerIdFilters = [producer.ProducerId] }));
        Assert.Equal(ErrorCode.InvalidRegularExpression, (await _client.SendAsync(new ListTransactionsRequest { TransactionalIdPattern = "(a" })).ErrorCode);

        var state = await DescribeProducerAsync();
        Assert.Equal((producer.ProducerId, 0L, -1), (state.ProducerId, state.CurrentTxnStartOffset, state.CoordinatorEpoch));
        var aborted = await _client.SendAsync(new WriteTxnMarkersRequest
        {
            Markers = [new() { ProducerId = state.ProducerId, ProducerEpoch = (short)state.ProducerEpoch, Topics = [new() { Name = new TopicName("t"), PartitionIndexes = [1, 9] }] }],
        });
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition], aborted.Markers[0].Topics[0].Partitions.Select(result => result.ErrorCode));
        Assert.Empty((await _client.FetchAsync(_topic, 1, 0, committed: true)).Committed());
        Assert.Equal((-1L, 0), ((await DescribeProducerAsync()).CurrentTxnStartOffset, (await DescribeProducerAsync()).CoordinatorEpoch));
        Assert.Equal(ErrorCode.ProducerFenced, await producer.EndAsync(_client, commit: true, version: 4));
    }

    [Fact]
    public async Task Clients_are_told_that_transactions_are_of_version_two()
    {
        var versions = await _client.SendAsync(new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 4);
        Assert.Contains(versions.SupportedFeatures, feature => feature is { Name: "transaction.version", MinVersion: 0, MaxVersion: 2 });
        Assert.Contains(versions.FinalizedFeatures, feature => feature is { Name: "transaction.version", MinVersionLevel: 2, MaxVersionLevel: 2 });
    }

    private async Task<TransactionClient> BeginAsync(string id)
    {
        var producer = new TransactionClient(id);
        Assert.Equal(ErrorCode.None, await producer.InitAsync(_client));
        return producer;
    }

    private Task<(ErrorCode Error, long Offset)> WriteAsync(TransactionClient producer, int partition, short version, params string[] values) =>
        producer.WriteAsync(_client, "t", _topic, partition, version, values);

    private async Task<(long Offset, long TimestampMs)> ListCommittedAsync(long timestamp)
    {
        var response = await _client.SendAsync(new ListOffsetsRequest
        {
            ReplicaId = -1, IsolationLevel = 1, Topics = [new() { Name = new TopicName("t"), Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }],
        });
        var answer = response.Topics[0].Partitions[0];
        return (answer.Offset, answer.Timestamp);
    }

    private async Task<(ErrorCode Error, long Offset)> FetchOffsetAsync(bool requireStable)
    {
        var response = await _client.SendAsync(new OffsetFetchRequest
        {
            RequireStable = requireStable, Groups = [new() { GroupId = new GroupId("g"), Topics = [new() { Name = new TopicName("t"), PartitionIndexes = [0] }] }],
        }, 9);
        var answer = response.Groups[0].Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.CommittedOffset);
    }

    private async Task<List<ErrorCode>> BatchAsync(short version, bool verifyOnly, params (TransactionClient Producer, int Partition)[] asked)
    {
        var response = await _client.SendAsync(new AddPartitionsToTxnRequest
        {
            Transactions = [.. asked.Select(each => new AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction
            {
                TransactionalId = each.Producer.Id, ProducerId = each.Producer.ProducerId, ProducerEpoch = each.Producer.Epoch, VerifyOnly = verifyOnly,
                Topics = [new() { Name = new TopicName("t"), Partitions = [each.Partition] }],
            })],
        }, version);
        return response.ResultsByTransaction.ConvertAll(result => result.TopicResults[0].ResultsByPartition[0].PartitionErrorCode);
    }

    private async Task<IEnumerable<string>> ListAsync(ListTransactionsRequest request) =>
        (await _client.SendAsync(request)).TransactionStates.Select(state => state.TransactionalId.Value);

    private async Task<DescribeProducersResponse.ProducerState> DescribeProducerAsync()
    {
        var response = await _client.SendAsync(new DescribeProducersRequest { Topics = [new() { Name = new TopicName("t"), PartitionIndexes = [1] }] });
        return response.Topics[0].Partitions[0].ActiveProducers.Single();
    }
}
