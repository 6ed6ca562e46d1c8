using DisklessKafka.Checking;

namespace DisklessKafka.Simulation.Clients;

/// <summary>What a member was told that it owns, and between which two moments it was told.</summary>
internal sealed record Claim(string Member, PartitionName Partition, long Asked, long Told);

/// <summary>
/// Who was told when that it owns what. A partition that another member was given, surely later, is no longer the first
/// one's: nothing that it commits there from then on may be taken.
/// </summary>
internal sealed class Claims
{
    private readonly Dictionary<PartitionName, List<Claim>> _claims = [];

    public void Add(Claim claim)
    {
        if (!_claims.TryGetValue(claim.Partition, out var all)) _claims.Add(claim.Partition, all = []);
        all.Add(claim);
    }

    /// <returns>A claim of another member that came after this one, and before the moment given; null if there is none.</returns>
    public Claim? FindSuccessor(Claim claim, long before) =>
        _claims[claim.Partition].Find(other => other.Member != claim.Member && other.Asked > claim.Told && other.Told < before);
}
