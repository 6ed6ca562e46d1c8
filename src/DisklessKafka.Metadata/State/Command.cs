using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>Something to append to the log: a message and what kind of command it is.</summary>
public abstract class Command(CommandType type, IMessage body)
{
    public CommandType Type { get; } = type;

    public IMessage Body { get; } = body;

    public static Command<RegisterAgentOutcome> Of(RegisterAgent body) => new(CommandType.RegisterAgent, body);
    public static Command<DoneOutcome> Of(KeepAlive body) => new(CommandType.KeepAlive, body);
    public static Command<DoneOutcome> Of(EndSession body) => new(CommandType.EndSession, body);
    public static Command<CommitOutcome> Of(CommitSegment body) => new(CommandType.CommitSegment, body);
    public static Command<CreateTopicsOutcome> Of(CreateTopics body) => new(CommandType.CreateTopics, body);
    public static Command<DeleteTopicOutcome> Of(DeleteTopic body) => new(CommandType.DeleteTopic, body);
    public static Command<CreatePartitionsOutcome> Of(CreatePartitions body) => new(CommandType.CreatePartitions, body);
    public static Command<AlterConfigsOutcome> Of(AlterConfigs body) => new(CommandType.AlterConfigs, body);
    public static Command<DeleteRecordsOutcome> Of(DeleteRecords body) => new(CommandType.DeleteRecords, body);
    public static Command<DoneOutcome> Of(ForgetSegments body) => new(CommandType.ForgetSegments, body);
    public static Command<AllocateProducerIdsOutcome> Of(AllocateProducerIds body) => new(CommandType.AllocateProducerIds, body);
    public static Command<InitProducerIdOutcome> Of(InitProducerId body) => new(CommandType.InitProducerId, body);
    public static Command<RaiseFeatureLevelOutcome> Of(RaiseFeatureLevel body) => new(CommandType.RaiseFeatureLevel, body);
    public static Command<StateHashOutcome> Of(StateHash body) => new(CommandType.StateHash, body);
    public static Command<SnapshotTakenOutcome> Of(SnapshotTaken body) => new(CommandType.SnapshotTaken, body);
    public static Command<ClaimJobOutcome> Of(ClaimJob body) => new(CommandType.ClaimJob, body);
    public static Command<DoneOutcome> Of(ReleaseJob body) => new(CommandType.ReleaseJob, body);
    public static Command<InitTransactionsOutcome> Of(InitTransactions body) => new(CommandType.InitTransactions, body);
    public static Command<AddToTransactionOutcome> Of(AddToTransaction body) => new(CommandType.AddToTransaction, body);
    public static Command<EndTransactionOutcome> Of(EndTransaction body) => new(CommandType.EndTransaction, body);
    public static Command<CommitTransactionOffsetsOutcome> Of(CommitTransactionOffsets body) => new(CommandType.CommitTransactionOffsets, body);
    public static Command<AbortTransactionsOutcome> Of(AbortTransactions body) => new(CommandType.AbortTransactions, body);
    public static Command<JoinGroupOutcome> Of(JoinGroup body) => new(CommandType.JoinGroup, body);
    public static Command<SyncGroupOutcome> Of(SyncGroup body) => new(CommandType.SyncGroup, body);
    public static Command<LeaveGroupOutcome> Of(LeaveGroup body) => new(CommandType.LeaveGroup, body);
    public static Command<MemberOutcome> Of(ExpireMember body) => new(CommandType.ExpireMember, body);
    public static Command<MemberOutcome> Of(MoveMember body) => new(CommandType.MoveMember, body);
    public static Command<DeleteGroupOutcome> Of(DeleteGroup body) => new(CommandType.DeleteGroup, body);
    public static Command<CommitOffsetsOutcome> Of(CommitOffsets body) => new(CommandType.CommitOffsets, body);
    public static Command<DeleteOffsetsOutcome> Of(DeleteOffsets body) => new(CommandType.DeleteOffsets, body);
    public static Command<ConsumerHeartbeatOutcome> Of(ConsumerHeartbeat body) => new(CommandType.ConsumerHeartbeat, body);
}

/// <typeparam name="TOutcome">What the state machine answers when it applies the command.</typeparam>
public sealed class Command<TOutcome>(CommandType type, IMessage body) : Command(type, body)
    where TOutcome : class;
