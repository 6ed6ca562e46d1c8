using System.Buffers.Text;
using System.Diagnostics;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// What replaying the metadata log yields. Two replicas that applied the same entries are the same, whatever machine,
/// software build or snapshot they began from: nothing here reads a clock, draws a random number, does I/O, depends on
/// culture or on the order of a hash table.
/// <para>
/// One turn at a time applies entries and asks the members below; requests read <see cref="View"/> and what hangs off
/// it, at any time and without a lock.
/// </para>
/// </summary>
public sealed partial class ClusterState
{
    /// <summary>Kafka's default for how long a silent producer is remembered: 24 hours.</summary>
    private const long DefaultProducerExpirationMs = 24L * 3600 * 1000;

    private readonly TopicTable _topics = new();
    private readonly SegmentTable _segments = new();
    private readonly SessionTable _sessions = new();
    private readonly JobTable _jobs = new();
    private readonly SnapshotTable _snapshots = new();
    private readonly RecentHashes _hashes = new();
    private readonly Deadlines _deadlines = new();
    private readonly ProducerTable _producers;
    private readonly ConfigTable _configs;
    private readonly ExtentTable _extents;
    private readonly GroupTable _groups;
    private readonly OffsetTable _offsets;
    private readonly TransactionTable _transactions;
    private readonly TransactionStart _transactionStart;
    private readonly TransactionEnd _transactionEnd;

    private ClusterView _view = ClusterView.Empty;
    private long _version;
    private long _timeMs;
    private short _featureLevel = FeatureLevels.Initial;
    private long _producerExpirationMs = DefaultProducerExpirationMs;
    private bool _hasDiverged;

    public ClusterState() : this(ProducerTable.MaxEntries)
    {
    }

    internal ClusterState(int maxProducerEntries)
    {
        _producers = new ProducerTable(maxProducerEntries);
        _configs = new ConfigTable(_topics);
        _transactions = new TransactionTable(_deadlines);
        _extents = new ExtentTable(_topics, _segments, _producers, _transactions);
        _groups = new GroupTable(_deadlines, _topics);
        _offsets = new OffsetTable(_groups, _topics);
        _transactionEnd = new TransactionEnd(_transactions, _topics, _extents, _producers, _groups, _offsets);
        _transactionStart = new TransactionStart(_transactions, _transactionEnd, _topics, _producers, _groups);
    }

    /// <summary>The newest level that this state can go to.</summary>
    internal short NewestFeatureLevel { get; init; } = FeatureLevels.Newest;

    /// <summary>The cluster as of the last whole entry. One volatile load.</summary>
    public ClusterView View => Volatile.Read(ref _view);

    /// <summary>Another replica's state was another one at the same version. One of the two is wrong, so neither can be trusted.</summary>
    public bool HasDiverged => _hasDiverged;

    public long ExtentCount => _extents.Count;

    /// <summary>Segments that extents refer to.</summary>
    public long SegmentCount => _segments.Count;

    /// <summary>Producers times partitions.</summary>
    public int ProducerCount => _producers.Count;

    /// <summary>Segments that nothing refers to, in order of session and sequence.</summary>
    public IEnumerable<PendingDeletion> PendingDeletions => _segments.Pending;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotRecord> Snapshots => _snapshots.Records;

    /// <summary>The node id of whoever holds a job.</summary>
    public IReadOnlyDictionary<string, int> Jobs => _jobs.Holders;

    /// <summary>Whether the session may still change something.</summary>
    public bool IsLive(Guid session) => _sessions.TryFind(session, out var found) && found.IsLive;

    /// <summary>The idempotent producers known in the partition, by producer id; null if there is no such partition.</summary>
    public IReadOnlyList<ProducerInfo>? FindProducers(TopicId topic, int partition)
    {
        if (_topics.Find(topic)?.Find(partition) is not { } found) return null;
        return found.Producers is not { } producers
            ? []
            : [.. producers.Values.OrderBy(entry => entry.ProducerId)
                .Select(entry => new ProducerInfo(
                    entry.ProducerId, entry.Epoch, entry.LastSequence, entry.LastTimestampMs, entry.TransactionOffset, entry.HasMarker ? Marker.CoordinatorEpoch : -1))];
    }

    /// <summary>What the group has committed, in order of topic and partition; null if there is no such group.</summary>
    public IReadOnlyList<(uint Topic, uint Partition, CommittedOffset Committed)>? FindOffsets(GroupId group) => _groups.Find(group.Value) is { } found ? [.. found.Offsets.All] : null;

    /// <summary>What the group has committed in the partition; null if nothing.</summary>
    public CommittedOffset? FindOffset(GroupId group, int topic, int partition) =>
        _groups.Find(group.Value) is { } found && found.Offsets.TryFind((uint)topic, (uint)partition, out var committed) ? committed : null;

    /// <summary>Of all that replicas must agree on. Takes time in proportion to topics and sessions, not to extents and producers.</summary>
    public ulong Hash()
    {
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of((ulong)_version), _timeMs), _featureLevel);
        hash = StateHasher.Mix(StateHasher.Mix(hash, _topics.Hash()), _configs.Hash());
        hash = StateHasher.Mix(StateHasher.Mix(hash, _extents.Hash), _segments.Hash);
        hash = StateHasher.Mix(StateHasher.Mix(hash, _producers.Hash), _sessions.Hash());
        hash = StateHasher.Mix(StateHasher.Mix(hash, _jobs.Hash()), _snapshots.Hash());
        return StateHasher.Mix(StateHasher.Mix(hash, _groups.Hash), _transactions.Hash);
    }

    /// <summary>What this state hashed to at a recent version at which all replicas hash; null for others.</summary>
    public ulong? FindHash(long version) => _hashes.Find(version);

    /// <summary>Applies the next entry and publishes what it changed.</summary>
    /// <param name="wantOutcomes">False where nobody waits for them; the state ends up the same.</param>
    /// <exception cref="UnknownFeatureLevelException">A newer version wrote the entry, or raised the level past what this one knows. The state is not to be used any more; its views are those of the entry before.</exception>
    /// <exception cref="CorruptStateException">The entry is none. The state is not to be used any more; its views are those of the entry before.</exception>
    public AppliedEntry Apply(in LogEntry entry, bool wantOutcomes)
    {
        try
        {
            return Execute(entry, wantOutcomes);
        }
        catch (WireFormatException e)
        {
            throw new CorruptStateException($"the entry at {entry.Cursor} cannot be read: {e.Message}", e);
        }
    }

    private AppliedEntry Execute(in LogEntry entry, bool wantOutcomes)
    {
        var commands = new EntryReader(entry.Payload, NewestFeatureLevel);
        _extents.ClearDirty();
        _groups.ClearDirty();
        _version++;
        _timeMs = Math.Max(_timeMs, entry.TimestampMs);
        _sessions.Expire(_timeMs, _jobs.ReleaseAll);
        _producers.Expire(_timeMs, _producerExpirationMs);
        while (_deadlines.TryTake(_timeMs, out var deadline)) Pass(deadline);

        // A log knows an append again as long as it has the entry; this one may have come once more after it was trimmed.
        var isRepeated = _sessions.TryFind(entry.Session, out var author) && entry.Sequence <= author.LastEntry;
        var outcomes = wantOutcomes ? new object?[commands.Count] : null;
        for (var i = 0; commands.TryNext(out var command); i++)
        {
            var outcome = isRepeated ? RefusedOutcome.Repeated
                : commands.Level > _featureLevel ? RefusedOutcome.LevelTooLow
                : Execute(entry.Session, command, wantOutcomes);
            if (outcomes is not null) outcomes[i] = outcome;
        }

        if (!isRepeated && _sessions.TryFind(entry.Session, out author)) author.LastEntry = entry.Sequence;
        return Publish(entry.Cursor, outcomes);
    }

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

    /// <summary>The order is the rule of <see cref="ClusterView"/>: partitions first, the cluster's view last.</summary>
    private AppliedEntry Publish(LogCursor position, object?[]? outcomes)
    {
        bool topics = _topics.IsDirty, agents = _sessions.IsDirty, configs = _configs.IsDirty;
        if (configs) ApplySettings();
        _extents.Publish(_version);
        _groups.Publish();
        var view = new ClusterView
        {
            ClusterId = agents ? KafkaIdOf(_sessions.ClusterId) : _view.ClusterId,
            Version = _version,
            Position = position,
            TimeMs = _timeMs,
            FeatureLevel = _featureLevel,
            NextDeadlineMs = _deadlines.NextMs,
            Topics = topics ? _topics.ToDirectory() : _view.Topics,
            Agents = agents ? _sessions.ToDirectory() : _view.Agents,
            Configs = configs ? _configs.ToView() : _view.Configs,
            Groups = _groups.Directory,
        };
        Volatile.Write(ref _view, view);
        if (_version % RecentHashes.Interval == 0) _hashes.Add(_version, Hash());
        return new AppliedEntry
        {
            View = view,
            Advanced = _extents.Dirty,
            Groups = _groups.Dirty,
            TopicsChanged = topics,
            AgentsChanged = agents,
            ConfigsChanged = configs,
            Outcomes = outcomes,
        };
    }

    /// <summary>Broker settings that the state itself goes by.</summary>
    private void ApplySettings()
    {
        _producerExpirationMs = _configs.PositiveBrokerNumber("producer.id.expiration.ms", DefaultProducerExpirationMs);
        _transactions.SetExpiration(_configs.PositiveBrokerNumber("transactional.id.expiration.ms", TransactionTable.DefaultExpirationMs));
        _groups.Consumers.Policy = Migration.Parse(_configs.BrokerText("group.consumer.migration.policy"));
        _groups.SetRetention(_configs.PositiveBrokerNumber("offsets.retention.minutes", GroupTable.DefaultRetentionMs / 60_000) * 60_000);
    }

    /// <summary>A UUID as Kafka writes ids: base64 with URL-safe letters, without padding.</summary>
    private static string KafkaIdOf(Guid id) => id == Guid.Empty ? "" : Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));
}
