using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace DisklessKafka.Protocol;

/// <summary>Every API that Kafka 4.2 offers to clients, by key.</summary>
public static partial class ApiTable
{
    /// <summary>In ascending order of their keys.</summary>
    public static ImmutableArray<ApiInfo> All { get; } = [.. CreateRows()];

    private static readonly ApiInfo?[] ByKey = Index(All);

    public static ApiInfo Of(ApiKey key) => TryGet((short)key, out var api) ? api : throw new ArgumentOutOfRangeException(nameof(key), key, "No such API.");

    /// <summary>Finds the API of a key from the wire, which may be any number.</summary>
    public static bool TryGet(short key, [NotNullWhen(true)] out ApiInfo? api)
    {
        api = key >= 0 && key < ByKey.Length ? ByKey[key] : null;
        return api is not null;
    }

    private static ApiInfo?[] Index(ImmutableArray<ApiInfo> apis)
    {
        var table = new ApiInfo?[(short)apis[^1].Key + 1];
        foreach (var api in apis) table[(short)api.Key] = api;
        return table;
    }
}
