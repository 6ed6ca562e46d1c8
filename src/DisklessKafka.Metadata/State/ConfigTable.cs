using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// Configuration of everything, topics included. The state knows nothing of keys and types: agents check values
/// before they send them, and what arrives here is kept as it is.
/// </summary>
internal sealed class ConfigTable(TopicTable topics)
{
    private readonly SortedDictionary<ConfigResource, ConfigSet> _maps = [];

    public bool IsDirty { get; set; }

    public IReadOnlyDictionary<ConfigResource, ConfigSet> ToView()
    {
        IsDirty = false;
        return new Dictionary<ConfigResource, ConfigSet>(_maps);
    }

    /// <summary>A number that was set for all brokers and that the state itself goes by, or what holds if it is unset or not a positive number.</summary>
    public long PositiveBrokerNumber(string key, long otherwise) =>
        long.TryParse(BrokerText(key), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : otherwise;

    /// <summary>What was set for all brokers; null if it is unset.</summary>
    public string? BrokerText(string key) => _maps.TryGetValue(ConfigResource.AllBrokers, out var map) && map.TryGet(key, out var text) ? text : null;

    public AlterConfigsOutcome Alter(AlterConfigs command) => new([.. command.Resources.Select(Alter)]);

    public ulong Hash()
    {
        ulong hash = 0;
        foreach (var (resource, map) in _maps)
            hash += StateHasher.Mix(StateHasher.Mix(StateHasher.Of((ulong)resource.Type), resource.Name), map.Hash());
        return hash;
    }

    public void Restore(ConfigResource resource, ConfigSet map)
    {
        _maps[resource] = map;
        IsDirty = true;
    }

    private AlterConfigsStatus Alter(AlterConfigs.Resource command)
    {
        var topic = command.Type == ConfigResource.TopicType ? topics.Find(new TopicName(command.Name)) : null;
        if (command.Type == ConfigResource.TopicType && topic is null) return AlterConfigsStatus.UnknownTopic;

        ConfigResource resource = new(command.Type, command.Name);
        var current = topic?.Configs ?? _maps.GetValueOrDefault(resource, ConfigSet.Empty);
        var map = command.ReplaceAll ? ConfigSet.Empty : current;
        foreach (var change in command.Changes)
        {
            if (change.Op is < 0 or > 3) return AlterConfigsStatus.InvalidOperation; // nothing of this resource has changed yet
            map = Changed(map, change);
        }

        if (topic is not null)
        {
            topics.SetConfigs(topic, map);
        }
        else
        {
            if (map.Count == 0) _maps.Remove(resource);
            else _maps[resource] = map;
            IsDirty = true;
        }

        return AlterConfigsStatus.Altered;
    }

    private static ConfigSet Changed(ConfigSet map, AlterConfigs.Change change)
    {
        if (change.Op is 0 or 1) return map.With(change.Key, change.Op == 0 ? change.Value ?? "" : null);
        var list = Split(map.TryGet(change.Key, out var set) ? set : change.Unset);
        foreach (var item in Split(change.Value))
        {
            if (change.Op == 3) list.Remove(item);
            else if (!list.Contains(item)) list.Add(item);
        }

        return map.With(change.Key, string.Join(',', list));
    }

    private static List<string> Split(string? list) =>
        [.. (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
