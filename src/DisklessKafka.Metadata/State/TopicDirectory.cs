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

    public bool TryFind(TopicId id, [MaybeNullWhen(false)] out Topic topic) => _byId.TryGetValue(id.Value, out topic);
}
