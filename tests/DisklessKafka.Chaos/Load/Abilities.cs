using System.Net;
using DisklessKafka.Protocol;
using DisklessKafka.TestKit;

namespace DisklessKafka.Chaos.Load;

/// <summary>What a cluster offers beyond writing and reading, as its brokers tell it.</summary>
internal sealed record Abilities(bool HasGroups, bool HasTransactions)
{
    public static async Task<Abilities> OfAsync(EndPoint broker)
    {
        await using var client = await WireClient.ConnectAsync(broker, "abilities");
        await client.NegotiateAsync();
        var hasGroups = Has(client, ApiKey.JoinGroup) && Has(client, ApiKey.OffsetCommit) && Has(client, ApiKey.OffsetFetch);
        return new(hasGroups, Has(client, ApiKey.EndTxn) && Has(client, ApiKey.AddPartitionsToTxn));
    }

    private static bool Has(WireClient client, ApiKey key) => client.Served.ContainsKey(key);
}
