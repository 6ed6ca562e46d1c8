using DisklessKafka.Chaos.Faults;

namespace DisklessKafka.Chaos;

/// <summary>What kind of cluster is taken apart.</summary>
internal enum Backend
{
    /// <summary>Several agents on Postgres and S3.</summary>
    Servers,

    /// <summary>One agent on its embedded store.</summary>
    Embedded,
}

/// <param name="Time">How long faults are injected; starting, healing and reading back come on top.</param>
/// <param name="Faults">At most so many.</param>
/// <param name="Only">These kinds of faults and no others; empty for all that the backend has.</param>
internal sealed record ChaosOptions(int Seed, TimeSpan Time, int Faults, int Agents, int Zones, Backend Backend, IReadOnlyList<FaultKind> Only)
{
    public const int Partitions = 8;

    /// <summary>For how long it is left alone at its beginning and its end.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(6);

    public IReadOnlyList<FaultKind> Kinds => Only.Count > 0 ? Only : Backend == Backend.Servers ? FaultPlan.OnServers : FaultPlan.OnEmbeddedStore;
}
