using System.Net;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Chaos.Load;

/// <summary>What clients can do with a cluster beyond writing and reading.</summary>
/// <param name="Processing">A group's offsets can be committed together with what was made of its records.</param>
internal sealed record Abilities(bool Groups, bool Transactions, bool Processing)
{
    /// <summary>As a broker tells by the APIs that it serves.</summary>
    public static async Task<Abilities> OfAsync(EndPoint broker)
    {
        await using var client = await WireClient.ConnectAsync(broker, "abilities");
        var response = await client.SendAsync(new ApiVersionsRequest(), version: 0); // which every broker answers
        var served = response.ApiKeys.Select(api => (ApiKey)api.ApiKey).ToHashSet();
        var groups = served.IsSupersetOf([ApiKey.JoinGroup, ApiKey.OffsetCommit, ApiKey.OffsetFetch]);
        var transactions = served.IsSupersetOf([ApiKey.InitProducerId, ApiKey.AddPartitionsToTxn, ApiKey.EndTxn]);
        return new(groups, transactions, groups && transactions && served.Contains(ApiKey.TxnOffsetCommit));
    }

    public Abilities Without(IReadOnlyCollection<Ability> leftOut) => new(
        Groups && !leftOut.Contains(Ability.Groups),
        Transactions && !leftOut.Contains(Ability.Transactions),
        Processing && leftOut.Count == 0);
}

internal enum Ability
{
    Groups,
    Transactions,
    Processing,
}
