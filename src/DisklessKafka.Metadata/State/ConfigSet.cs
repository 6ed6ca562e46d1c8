using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// Configuration values set by name, sorted by key (ordinal). Immutable: a change yields another map, so whoever parses
/// one may keep the result for as long as it sees the same map.
/// </summary>
public sealed class ConfigSet : IReadOnlyCollection<KeyValuePair<string, string>>
{
    public static readonly ConfigSet Empty = new([]);

    private readonly KeyValuePair<string, string>[] _sorted;

    private ConfigSet(KeyValuePair<string, string>[] sorted) => _sorted = sorted;

    public int Count => _sorted.Length;

    public bool TryGet(string key, [MaybeNullWhen(false)] out string value)
    {
        var index = Find(key);
        value = index >= 0 ? _sorted[index].Value : null;
        return index >= 0;
    }

    /// <summary>This map with the key set, or without it where <paramref name="value"/> is null.</summary>
    public ConfigSet With(string key, string? value)
    {
        var index = Find(key);
        if (value is null) return index < 0 ? this : Of([.. _sorted[..index], .. _sorted[(index + 1)..]]);
        KeyValuePair<string, string> pair = new(key, value);
        return index >= 0
            ? new ConfigSet([.. _sorted[..index], pair, .. _sorted[(index + 1)..]])
            : new ConfigSet([.. _sorted[..~index], pair, .. _sorted[~index..]]);
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _sorted.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal ulong Hash()
    {
        ulong hash = 0;
        foreach (var (key, value) in _sorted) hash = StateHasher.Mix(StateHasher.Mix(hash, key), value);
        return hash;
    }

    private static ConfigSet Of(KeyValuePair<string, string>[] sorted) => sorted.Length == 0 ? Empty : new ConfigSet(sorted);

    /// <returns>The complement of where the key would go, if it is not there.</returns>
    private int Find(string key)
    {
        int low = 0, high = _sorted.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = string.CompareOrdinal(_sorted[middle].Key, key);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
