namespace DisklessKafka.Agent.Apis;

/// <summary>Bit fields of operations a client may do. Without an authorizer: all that exist for the kind of resource, as in Kafka.</summary>
internal static class AuthorizedOperations
{
    private const int Read = 1 << 3, Write = 1 << 4, Create = 1 << 5, Delete = 1 << 6, Alter = 1 << 7, Describe = 1 << 8;
    private const int ClusterAction = 1 << 9, DescribeConfigs = 1 << 10, AlterConfigs = 1 << 11, IdempotentWrite = 1 << 12;

    public const int OfTopic = Read | Write | Create | Delete | Alter | Describe | DescribeConfigs | AlterConfigs;
    public const int OfCluster = Create | Alter | Describe | ClusterAction | DescribeConfigs | AlterConfigs | IdempotentWrite;
    public const int OfGroup = Read | Delete | Describe | DescribeConfigs | AlterConfigs;
}
