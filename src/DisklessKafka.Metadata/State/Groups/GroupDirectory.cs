using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State.Groups;

/// <summary>Groups by id, for requests. Changes with every entry that makes or ends a group; each group is as of some whole entry.</summary>
public sealed class GroupDirectory
{
    private readonly ConcurrentDictionary<string, Group> _byId = new(StringComparer.Ordinal);

    public int Count => _byId.Count;

    public bool TryFind(GroupId id, [MaybeNullWhen(false)] out Group group) => _byId.TryGetValue(id.Value, out group);

    /// <summary>In no order.</summary>
    public IEnumerable<Group> All => _byId.Values;

    internal void Publish(Group group)
    {
        if (group.Exists) _byId[group.Id.Value] = group;
        else _byId.TryRemove(group.Id.Value, out _);
    }
}
