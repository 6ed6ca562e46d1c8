using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>Why an API that Kafka 4.2 has is not served, for the page of compatibility.</summary>
internal static class UnservedApis
{
    private const string
        Authentication = "not served yet: there is no authentication, every client is let in.",
        Access = "not served yet: there are no access rules, everybody may do everything.",
        Tokens = "not served yet: there is no authentication that a token could stand for.",
        Quotas = "not served yet: there are no quotas, no client is ever throttled.",
        Scram = "not served yet: there is no authentication, so there are no users with passwords.",
        Telemetry = "not served yet: clients keep their metrics to themselves; a client that pushes by default notices that it is not asked to.",
        Share = "not served yet: there are no share groups.",
        ShareState = "not served: in Kafka only brokers ask it of each other, to keep the state of share groups, of which there are none yet.",
        Streams = "not served yet: there are no streams groups; Kafka Streams works with its classic protocol (group.protocol=classic, its default).",
        Quorum = "not served: there is no quorum of controllers whose voters could change, the metadata log is Postgres' or the bucket's.";

    private static readonly Dictionary<ApiKey, string> Reasons = new()
    {
        [ApiKey.SaslHandshake] = Authentication,
        [ApiKey.SaslAuthenticate] = Authentication,
        [ApiKey.DescribeAcls] = Access,
        [ApiKey.CreateAcls] = Access,
        [ApiKey.DeleteAcls] = Access,
        [ApiKey.CreateDelegationToken] = Tokens,
        [ApiKey.RenewDelegationToken] = Tokens,
        [ApiKey.ExpireDelegationToken] = Tokens,
        [ApiKey.DescribeDelegationToken] = Tokens,
        [ApiKey.DescribeClientQuotas] = Quotas,
        [ApiKey.AlterClientQuotas] = Quotas,
        [ApiKey.DescribeUserScramCredentials] = Scram,
        [ApiKey.AlterUserScramCredentials] = Scram,
        [ApiKey.GetTelemetrySubscriptions] = Telemetry,
        [ApiKey.PushTelemetry] = Telemetry,
        [ApiKey.ShareGroupHeartbeat] = Share,
        [ApiKey.ShareGroupDescribe] = Share,
        [ApiKey.ShareFetch] = Share,
        [ApiKey.ShareAcknowledge] = Share,
        [ApiKey.DescribeShareGroupOffsets] = Share,
        [ApiKey.AlterShareGroupOffsets] = Share,
        [ApiKey.DeleteShareGroupOffsets] = Share,
        [ApiKey.InitializeShareGroupState] = ShareState,
        [ApiKey.ReadShareGroupState] = ShareState,
        [ApiKey.WriteShareGroupState] = ShareState,
        [ApiKey.DeleteShareGroupState] = ShareState,
        [ApiKey.ReadShareGroupStateSummary] = ShareState,
        [ApiKey.StreamsGroupHeartbeat] = Streams,
        [ApiKey.StreamsGroupDescribe] = Streams,
        [ApiKey.AddRaftVoter] = Quorum,
        [ApiKey.RemoveRaftVoter] = Quorum,
    };

    public static IEnumerable<ApiKey> All => Reasons.Keys;

    /// <exception cref="InvalidDataException">There is none.</exception>
    public static string ReasonFor(ApiKey api) => Reasons.TryGetValue(api, out var reason)
        ? reason
        : throw new InvalidDataException($"{api} is not served, and nothing says why; write the reason into {nameof(UnservedApis)}");
}
