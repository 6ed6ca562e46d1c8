using System.Diagnostics;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>Whom each command goes to. Where several tables have a part in it, the order among them.</summary>
public sealed partial class ClusterState
{
    private object? Execute(Guid sessionId, in EntryCommand command, bool wantOutcome)
    {
        if (command.Type == CommandType.RegisterAgent)
            return _sessions.Register(sessionId, command.Read<RegisterAgent>(), _featureLevel, _timeMs);
        if (_sessions.Touch(sessionId, _timeMs) is not { } session) return RefusedOutcome.SessionEnded;
        switch (command.Type)
        {
            case CommandType.KeepAlive:
                return DoneOutcome.Instance;
            case CommandType.CommitSegment:
                return Commit(command.Read<CommitSegment>(), session, wantOutcome);
            case CommandType.EndSession:
                _sessions.End(session, _timeMs);
                _jobs.ReleaseAll(session);
                return DoneOutcome.Instance;
            case CommandType.CreateTopics:
                return Create(command.Read<CreateTopics>());
            case CommandType.DeleteTopic:
                return Delete(command.Read<DeleteTopic>());
            case CommandType.CreatePartitions:
                return Create(command.Read<CreatePartitions>());
            case CommandType.AlterConfigs:
                return _configs.Alter(command.Read<AlterConfigs>());
            case CommandType.DeleteRecords:
                return DeleteRecords(command.Read<DeleteRecords>());
            case CommandType.ForgetSegments:
                return Forget(command.Read<ForgetSegments>());
            case CommandType.AllocateProducerIds:
                return _producers.Allocate(command.Read<AllocateProducerIds>().Count, _timeMs);
            case CommandType.InitProducerId:
                return Init(command.Read<InitProducerId>());
            case CommandType.RaiseFeatureLevel:
                return Raise(command.Read<RaiseFeatureLevel>().Level);
            case CommandType.StateHash:
                return Compare(command.Read<StateHash>());
            case CommandType.SnapshotTaken:
                return Record(command.Read<SnapshotTaken>());
            case CommandType.ClaimJob:
                return _jobs.Claim(command.Read<ClaimJob>().Job, session);
            case CommandType.ReleaseJob:
                _jobs.Release(command.Read<ReleaseJob>().Job, session);
                return DoneOutcome.Instance;
            case CommandType.InitTransactions:
                return _transactionStart.Init(command.Read<InitTransactions>(), _timeMs);
            case CommandType.AddToTransaction:
                return _transactionStart.Add(command.Read<AddToTransaction>(), _timeMs);
            case CommandType.EndTransaction:
                return _transactionEnd.End(command.Read<EndTransaction>(), _timeMs);
            case CommandType.CommitTransactionOffsets:
                return _transactionStart.Commit(command.Read<CommitTransactionOffsets>(), _timeMs);
            case CommandType.AbortTransactions:
                return _transactionEnd.Abort(command.Read<AbortTransactions>(), _timeMs);
            case CommandType.JoinGroup:
                return _groups.Join(command.Read<JoinGroup>(), session.Ordinal, _timeMs);
            case CommandType.SyncGroup:
                return _groups.Sync(command.Read<SyncGroup>(), _timeMs);
            case CommandType.LeaveGroup:
                return _groups.Leave(command.Read<LeaveGroup>(), _timeMs);
            case CommandType.ExpireMember:
                return _groups.Expire(command.Read<ExpireMember>(), _timeMs);
            case CommandType.MoveMember:
                return _groups.Move(command.Read<MoveMember>(), session.Ordinal, _timeMs);
            case CommandType.DeleteGroup:
                return Delete(command.Read<DeleteGroup>());
            case CommandType.CommitOffsets:
                return _offsets.Commit(command.Read<CommitOffsets>(), _timeMs);
            case CommandType.DeleteOffsets:
                return _offsets.Delete(command.Read<DeleteOffsets>());
            case CommandType.ConsumerHeartbeat:
                return _groups.Consumers.Beat(command.Read<ConsumerHeartbeat>(), session.Ordinal, _timeMs);
            default:
                throw new CorruptStateException($"feature level {_featureLevel} has no command {(int)command.Type}");
        }
    }

    /// <summary>Its time has come by the log's clock. Whoever set it may set another one.</summary>
    private void Pass(in Deadline deadline)
    {
        switch (deadline.Kind)
        {
            case DeadlineKind.Transaction:
                _transactionEnd.Pass(deadline.Key, _timeMs);
                break;
            case DeadlineKind.Group:
                _groups.Pass(deadline.Key, _timeMs);
                break;
            default:
                throw new UnreachableException($"nothing sets deadlines of kind {(int)deadline.Kind}");
        }
    }

    private CommitOutcome? Commit(CommitSegment command, Session session, bool wantOutcome)
    {
        var batches = wantOutcome ? new BatchOutcome[command.Batches.Length] : null;
        var status = _extents.Commit(command, session, _timeMs, batches);
        if (batches is null) return null;
        if (status != CommitStatus.Committed) Array.Fill(batches, new BatchOutcome(BatchStatus.NotCommitted, -1, -1));
        return new CommitOutcome(status, batches);
    }

    private DeleteTopicOutcome Delete(DeleteTopic command)
    {
        var topic = _topics.Find(command.TopicId);
        if (topic is not null) _groups.ForgetTopic(topic.Ordinal);
        var outcome = _topics.Delete(command.TopicId, partition => _extents.Remove(partition, _timeMs));
        if (topic is not null) _groups.Consumers.TopicChanged(topic.Name.Value, _timeMs);
        return outcome;
    }

    private CreateTopicsOutcome Create(CreateTopics command)
    {
        var outcome = _topics.Create(command, _version);
        foreach (var created in outcome.Topics)
            if (created.Status == CreateTopicStatus.Created)
                _groups.Consumers.TopicChanged(created.Name.Value, _timeMs);
        return outcome;
    }

    private CreatePartitionsOutcome Create(CreatePartitions command)
    {
        var outcome = _topics.CreatePartitions(command, _version);
        if (outcome.Status == CreatePartitionsStatus.Created) _groups.Consumers.TopicChanged(_topics.Find(command.TopicId)!.Name.Value, _timeMs);
        return outcome;
    }

    private DeleteRecordsOutcome DeleteRecords(DeleteRecords command)
    {
        var results = new DeleteRecordsResult[command.Partitions.Length];
        for (var i = 0; i < results.Length; i++) results[i] = _extents.DeleteRecords(command.Partitions[i], _timeMs);
        return new(results);
    }

    private DoneOutcome Forget(ForgetSegments command)
    {
        foreach (var segment in command.Segments)
            if (_segments.Forget(new SegmentRef((int)segment.Session, (long)segment.Sequence)))
                _sessions.SegmentForgotten((int)segment.Session);
        return DoneOutcome.Instance;
    }

    private DeleteGroupOutcome Delete(DeleteGroup command)
    {
        var outcome = _groups.Delete(command);
        if (outcome.Status == DeleteGroupStatus.Deleted) _transactions.ForgetGroup(command.Group.Value, _timeMs);
        return outcome;
    }

    /// <summary>The producer id of a transactional id is for its own producer alone.</summary>
    private InitProducerIdOutcome Init(InitProducerId command) =>
        _producers.Init(_transactions.FindByProducer(command.ProducerId.Value) is null ? command.ProducerId.Value : -1, command.Epoch, _timeMs);

    private RaiseFeatureLevelOutcome Raise(short level)
    {
        if (level <= _featureLevel) return new(RaiseFeatureLevelStatus.NotARaise, _featureLevel, -1);
        foreach (var session in _sessions.All)
            if (session.IsLive && session.MaxFeatureLevel < level)
                return new(RaiseFeatureLevelStatus.AgentTooOld, _featureLevel, session.Ordinal);
        if (level > NewestFeatureLevel) throw new UnknownFeatureLevelException(level);
        _featureLevel = level;
        return new(RaiseFeatureLevelStatus.Raised, _featureLevel, -1);
    }

    private StateHashOutcome Compare(StateHash command)
    {
        if (_hashes.Find(command.Version) is not { } mine) return new(StateHashStatus.NotKnown);
        if (mine == (ulong)command.Hash) return new(StateHashStatus.Agrees);
        _hasDiverged = true;
        return new(StateHashStatus.Differs);
    }

    private SnapshotTakenOutcome Record(SnapshotTaken command) => _snapshots.Add(new SnapshotRecord(
        command.Key, command.Version, command.SizeBytes, new LogCursor(command.Epoch, command.Major, command.Minor, command.CursorHash)));
}
