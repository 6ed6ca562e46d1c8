using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// All topics as they were after one whole entry. Immutable: an entry that changes topics copies the directory once,
/// which costs some milliseconds with 100,000 topics and nothing at all to readers.
/// </summary>
public sealed class TopicDirectory
{
    internal static readonly TopicDirectory Empty = new([], [], []);

    private readonly Topic[] _byOrdinal;
    private readonly Dictionary<string, Topic> _byName;
    private readonly Dictionary<Guid, Topic> _byId;

    /// <param name="byOrdinal">In ascending order of ordinals. The directory keeps all three.</param>
    internal TopicDirectory(Topic[] byOrdinal, Dictionary<string, Topic> byName, Dictionary<Guid, Topic> byId)
    {
        (_byOrdinal, _byName, _byId) = (byOrdinal, byName, byId);
        foreach (var topic in byOrdinal) PartitionCount += topic.Partitions.Length;
    }

    /// <summary>In order of creation.</summary>
    public ReadOnlySpan<Topic> All => _byOrdinal;

    public int Count => _byOrdinal.Length;

    /// <summary>Of all topics together.</summary>
    public int PartitionCount { get; }

    public bool TryFind(TopicName name, [MaybeNullWhen(false)] out Topic topic) => _byName.TryGetValue(name.Value, out topic);

    /// <summary>By the topic's number in the state.</summary>
    public bool TryFind(int ordinal, [MaybeNullWhen(false)] out Topic topic)
    {
        var index = new ReadOnlySpan<Topic>(_byOrdinal).BinarySearch(new OrdinalComparable(ordinal));
        topic = index < 0 ? null : _byOrdinal[index];
        return index >= 0;
    }

    public bool TryFind(TopicId id, [MaybeNullWhen(false)] out Topic topic) => _byId.TryGetValue(id.Value, out topic);

    private readonly struct OrdinalComparable(int ordinal) : IComparable<Topic>
    {
        public int CompareTo(Topic? other) => ordinal.CompareTo(other!.Ordinal);
    }
}
