using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Groups;
using DisklessKafka.Agent.Options;
using DisklessKafka.Agent.Read;
using DisklessKafka.Agent.Write;

namespace DisklessKafka.Agent.Apis;

/// <summary>The APIs that an agent serves, with what each of them needs.</summary>
internal sealed class ApiHandlers(
    AgentOptions options, Cluster cluster, SegmentCache cache, WritePipeline pipeline, FetchWaiters waiters, GroupWaiters groupWaiters, MemberWatch watch,
    LiveSettings settings, ReadMetrics reads, TimeProvider time, Random random)
{
    private readonly ExtentReader _extents = new(cache, cluster);
    private readonly TopicIds _ids = new(random);

    public IEnumerable<IApiHandler> All => [.. Records(), .. Topics(), .. Configs(), .. ClusterFacts(), .. Groups(), .. Transactions()];

    private IEnumerable<IApiHandler> Records() =>
    [
        new ProduceHandler(cluster, new BatchAppender(new TopicSettings(options.BrokerSettings), pipeline), time),
        new FetchHandler(cluster, new FetchReader(_extents, reads), waiters, new FetchOptions { MaxBytes = options.BrokerSettings.Int(BrokerConfigs.FetchMaxBytes) }, time),
        new ListOffsetsHandler(cluster, new TimestampLookup(_extents)),
        new OffsetForLeaderEpochHandler(cluster),
    ];

    private IEnumerable<IApiHandler> Transactions() =>
    [
        new InitProducerIdHandler(cluster, settings),
        new AddPartitionsToTxnHandler(cluster),
        new AddOffsetsToTxnHandler(cluster),
        new TxnOffsetCommitHandler(cluster, settings),
        new EndTxnHandler(cluster),
        new WriteTxnMarkersHandler(cluster),
        new DescribeTransactionsHandler(cluster),
        new ListTransactionsHandler(cluster),
    ];

    private IEnumerable<IApiHandler> Topics() =>
    [
        new MetadataHandler(cluster, new TopicCreation(cluster, settings, _ids)),
        new CreateTopicsHandler(cluster, settings, _ids),
        new DeleteTopicsHandler(cluster, options.BrokerSettings),
        new CreatePartitionsHandler(cluster),
        new DeleteRecordsHandler(cluster, settings),
        new DescribeTopicPartitionsHandler(cluster, options.BrokerSettings),
    ];

    private IEnumerable<IApiHandler> Configs()
    {
        var changer = new ConfigChanger(cluster, settings);
        return [new DescribeConfigsHandler(cluster, settings), new AlterConfigsHandler(changer), new IncrementalAlterConfigsHandler(changer)];
    }

    private IEnumerable<IApiHandler> ClusterFacts() =>
    [
        new DescribeClusterHandler(cluster),
        new DescribeProducersHandler(cluster),
        new DescribeLogDirsHandler(cluster, Secrets.Redact(options.Objects)),
        new AlterReplicaLogDirsHandler(cluster, Secrets.Redact(options.Objects)),
        new FindCoordinatorHandler(cluster),
        new ElectLeadersHandler(cluster),
        new AlterPartitionReassignmentsHandler(cluster),
        new ListPartitionReassignmentsHandler(),
        new UnregisterBrokerHandler(cluster),
        new DescribeQuorumHandler(cluster),
        new UpdateFeaturesHandler(() => ApiFeatures.Served),
        new ListConfigResourcesHandler(cluster),
    ];

    private IEnumerable<IApiHandler> Groups()
    {
        var members = new GroupMembers(cluster, watch);
        return
        [
            new JoinGroupHandler(cluster, groupWaiters, watch, new MemberIds(random), settings, time),
            new SyncGroupHandler(cluster, members, groupWaiters, time),
            new HeartbeatHandler(members),
            new LeaveGroupHandler(cluster),
            new ConsumerGroupHeartbeatHandler(cluster, watch, new MemberIds(random), new TopicPatterns(), settings),
            new ConsumerGroupDescribeHandler(cluster),
            new OffsetCommitHandler(cluster, watch, settings),
            new OffsetFetchHandler(cluster),
            new OffsetDeleteHandler(cluster),
            new DescribeGroupsHandler(cluster),
            new ListGroupsHandler(cluster),
            new DeleteGroupsHandler(cluster),
        ];
    }
}
