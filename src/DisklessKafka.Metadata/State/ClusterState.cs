using System.Buffers.Text;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Consumer;
using DisklessKafka.Metadata.State.Groups.Offsets;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;

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
