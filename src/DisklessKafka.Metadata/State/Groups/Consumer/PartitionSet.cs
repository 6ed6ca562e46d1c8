using System.Diagnostics.CodeAnalysis;

namespace DisklessKafka.Metadata.State.Groups.Consumer;

/// <summary>Partitions of any topics, in order. Immutable; eight bytes a partition.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is no collection to be enumerated as such, and Kafka's people say partition set.")]
public sealed class PartitionSet : IEquatable<PartitionSet>
{
    public static readonly PartitionSet Empty = new([]);

    private readonly ulong[] _keys; // topic ordinal above partition, ascending

    private PartitionSet(ulong[] keys)
    {
        _keys = keys;
        Hash = StateHasher.Of((ulong)keys.Length);
        foreach (var key in keys) Hash = StateHasher.Mix(Hash, key);
    }

    public int Count => _keys.Length;

    internal ulong Hash { get; }

    internal ReadOnlySpan<ulong> Keys => _keys;

    public static PartitionSet Of(IEnumerable<(int Topic, int Partition)> partitions) => FromKeys([.. partitions.Select(each => KeyOf(each.Topic, each.Partition))]);

    public bool Contains(int topic, int partition) => Contains(KeyOf(topic, partition));

    /// <summary>By topic ordinal, each with its partitions in order.</summary>
    public IEnumerable<(int Topic, List<int> Partitions)> ByTopic()
    {
        for (var i = 0; i < _keys.Length;)
        {
            var topic = TopicOf(_keys[i]);
            var partitions = new List<int>();
            for (; i < _keys.Length && TopicOf(_keys[i]) == topic; i++) partitions.Add(PartitionOf(_keys[i]));
            yield return (topic, partitions);
        }
    }

    public bool IsSubsetOf(PartitionSet other) => Array.TrueForAll(_keys, other.Contains);

    public bool Overlaps(PartitionSet other) => Array.Exists(_keys, other.Contains);

    public bool Equals(PartitionSet? other) => other is not null && Hash == other.Hash && _keys.AsSpan().SequenceEqual(other._keys);

    public override bool Equals(object? obj) => Equals(obj as PartitionSet);

    public override int GetHashCode() => (int)Hash;

    internal static ulong KeyOf(int topic, int partition) => (ulong)(uint)topic << 32 | (uint)partition;

    internal static int TopicOf(ulong key) => (int)(key >> 32);

    internal static int PartitionOf(ulong key) => (int)(uint)key;

    /// <summary>Keeps the array, after sorting it and dropping what is there twice.</summary>
    internal static PartitionSet FromKeys(ulong[] keys)
    {
        if (keys.Length == 0) return Empty;
        Array.Sort(keys);
        for (var i = 1; i < keys.Length; i++)
            if (keys[i] == keys[i - 1])
                return new([.. keys.Distinct()]); // in order still
        return new(keys);
    }

    internal bool Contains(ulong key) => Array.BinarySearch(_keys, key) >= 0;

    internal PartitionSet Where(Func<ulong, bool> condition)
    {
        var kept = Array.FindAll(_keys, key => condition(key));
        return kept.Length == _keys.Length ? this : kept.Length == 0 ? Empty : new(kept);
    }

    internal PartitionSet Intersect(PartitionSet other) => ReferenceEquals(this, other) ? this : Where(other.Contains);

    internal PartitionSet Except(PartitionSet other) => Where(key => !other.Contains(key));

    internal PartitionSet Union(PartitionSet other) => other.Count == 0 ? this : Count == 0 ? other : FromKeys([.. _keys, .. other._keys]);
}
