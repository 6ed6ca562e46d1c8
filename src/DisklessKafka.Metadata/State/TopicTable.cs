using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>Topics and their partitions, on the apply turn.</summary>
internal sealed class TopicTable
{
    private readonly Dictionary<Guid, Topic> _byId = [];
    private readonly Dictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Topic> _byCollisionForm = new(StringComparer.Ordinal);
    private readonly List<Topic?> _byOrdinal = []; // null once deleted: 8 bytes for every topic there ever was

    /// <summary>The ordinal of the next topic: ordinals are never used again.</summary>
    public int NextOrdinal => _byOrdinal.Count;

    public int Count => _byId.Count;

    /// <summary>Set when the directory has to be published anew; whoever does it resets it.</summary>
    public bool IsDirty { get; set; }

    /// <summary>In order of creation.</summary>
    public IEnumerable<Topic> All => _byOrdinal.OfType<Topic>();

    public Topic? Find(TopicId id) => _byId.GetValueOrDefault(id.Value);

    public Topic? Find(TopicName name) => _byName.GetValueOrDefault(name.Value);

    /// <summary>Null once it is deleted.</summary>
    public Topic? Find(int ordinal) => (uint)ordinal < (uint)_byOrdinal.Count ? _byOrdinal[ordinal] : null;

    /// <summary>The hot one: no hashing. Null if the topic is gone or has no such partition.</summary>
    public Partition? Find(uint ordinal, uint index)
    {
        if (ordinal >= (uint)_byOrdinal.Count || _byOrdinal[(int)ordinal] is not { } topic) return null;
        var partitions = topic.PartitionArray;
        return index < (uint)partitions.Length ? partitions[index] : null;
    }

    public CreateTopicsOutcome Create(CreateTopics command, long version) =>
        new([.. command.Topics.Select(topic => Create(topic, version))]);

    public DeleteTopicOutcome Delete(TopicId id, Action<Partition> onRemoved)
    {
        if (!_byId.Remove(id.Value, out var topic)) return new(DeleteTopicStatus.UnknownTopic);
        _byName.Remove(topic.Name.Value);
        _byCollisionForm.Remove(TopicRules.CollisionForm(topic.Name.Value));
        _byOrdinal[topic.Ordinal] = null;
        IsDirty = true;
        foreach (var partition in topic.Partitions) onRemoved(partition);
        return new(DeleteTopicStatus.Deleted);
    }

    public CreatePartitionsOutcome CreatePartitions(CreatePartitions command, long version)
    {
        if (Find(command.TopicId) is not { } topic) return new(CreatePartitionsStatus.UnknownTopic, 0);
        var old = topic.PartitionArray;
        if (command.Count <= old.Length) return new(CreatePartitionsStatus.NotAnIncrease, old.Length);
        if (command.Count > TopicRules.MaxPartitions) return new(CreatePartitionsStatus.TooMany, old.Length);
        var partitions = new Partition[command.Count];
        old.CopyTo(partitions, 0);
        for (var i = old.Length; i < partitions.Length; i++) partitions[i] = new Partition(topic.Ordinal, i, version);
        Put(topic.With(partitions));
        return new(CreatePartitionsStatus.Created, partitions.Length);
    }

    public void SetConfigs(Topic topic, ConfigSet configs) => Put(topic.With(configs));

    public TopicDirectory ToDirectory()
    {
        IsDirty = false;
        return new TopicDirectory([.. All], new Dictionary<string, Topic>(_byName, StringComparer.Ordinal), new Dictionary<Guid, Topic>(_byId));
    }

    public ulong Hash()
    {
        var hash = (ulong)NextOrdinal;
        foreach (var topic in _byId.Values)
        {
            var one = StateHasher.Mix(StateHasher.Mix((ulong)topic.Ordinal, topic.Id.Value), topic.Name.Value);
            one = StateHasher.Mix(StateHasher.Mix(one, topic.ReplicationFactor), topic.Partitions.Length);
            hash += StateHasher.Mix(one, topic.Configs.Hash());
        }

        return hash;
    }

    public void RestoreNextOrdinal(int nextOrdinal)
    {
        while (_byOrdinal.Count < nextOrdinal) _byOrdinal.Add(null);
    }

    /// <summary>For one whose ordinal is below <see cref="NextOrdinal"/>.</summary>
    public void Restore(Topic topic) => Put(topic);

    private CreateTopicOutcome Create(CreateTopics.NewTopic command, long version)
    {
        var name = command.Name;
        if (!TopicRules.IsValidName(name.Value)) return new(name, CreateTopicStatus.InvalidName, null, null);
        if (_byCollisionForm.TryGetValue(TopicRules.CollisionForm(name.Value), out var other))
            return new(name, other.Name == name ? CreateTopicStatus.AlreadyExists : CreateTopicStatus.NameCollides, null, other);
        if (command.Partitions is < 1 or > TopicRules.MaxPartitions) return new(name, CreateTopicStatus.InvalidPartitions, null, null);
        if (_byId.TryGetValue(command.TopicId.Value, out other)) return new(name, CreateTopicStatus.IdInUse, null, other);

        var partitions = new Partition[command.Partitions];
        for (var i = 0; i < partitions.Length; i++) partitions[i] = new Partition(NextOrdinal, i, version);
        var configs = ConfigSet.Empty;
        foreach (var config in command.Configs) configs = configs.With(config.Key, config.Value);
        var topic = new Topic(name, command.TopicId, NextOrdinal, command.ReplicationFactor, configs, partitions);
        _byOrdinal.Add(topic);
        Put(topic);
        return new(name, CreateTopicStatus.Created, topic, null);
    }

    private void Put(Topic topic)
    {
        _byId[topic.Id.Value] = topic;
        _byName[topic.Name.Value] = topic;
        _byCollisionForm[TopicRules.CollisionForm(topic.Name.Value)] = topic;
        _byOrdinal[topic.Ordinal] = topic;
        IsDirty = true;
    }
}
