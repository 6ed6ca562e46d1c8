using System.Globalization;
using System.Net;
using DisklessKafka.Chaos.Load;
using DisklessKafka.Checking;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Chaos.Reading;

/// <summary>The brokers of a cluster, and who leads the partitions of a topic; as one broker told over the bare wire.</summary>
/// <param name="Leaders">By partition; empty if there is no such topic.</param>
internal sealed record ClusterMap(IReadOnlyList<EndPoint> Brokers, IReadOnlyList<(PartitionName Name, EndPoint Leader)> Leaders)
{
    private const short Version = 7; // without tagged fields, which some that only look like Kafka get wrong
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<ClusterMap> OfAsync(LoadTarget target)
    {
        await using var client = await ConnectAsync(target);
        var request = new MetadataRequest { Topics = [new() { Name = new TopicName(target.Topic) }], AllowAutoTopicCreation = false };
        var response = await client.SendAsync(request, Version).WaitAsync(Patience);
        var brokers = response.Brokers.ToDictionary(broker => broker.NodeId, broker => EndPointOf(broker.Host, broker.Port));
        return new([.. brokers.Values], [.. LeadersOf(response.Topics[0], target.Topic, brokers)]);
    }

    /// <summary>To the first of the bootstrap servers that answers.</summary>
    private static async Task<WireClient> ConnectAsync(LoadTarget target)
    {
        var servers = target.Bootstrap.Split(',', StringSplitOptions.TrimEntries);
        for (var next = 0; ; next++)
        {
            try
            {
                var colon = servers[next].LastIndexOf(':');
                return await WireClient.ConnectAsync(EndPointOf(servers[next][..colon].Trim('[', ']'), int.Parse(servers[next][(colon + 1)..], CultureInfo.InvariantCulture)), "cluster-map");
            }
            catch (System.Net.Sockets.SocketException) when (next < servers.Length - 1)
            {
            }
        }
    }

    private static IEnumerable<(PartitionName, EndPoint)> LeadersOf(MetadataResponse.MetadataResponseTopic topic, string name, Dictionary<int, EndPoint> brokers) =>
        topic.ErrorCode == ErrorCode.UnknownTopicOrPartition ? []
        : topic.ErrorCode == ErrorCode.None ? topic.Partitions.OrderBy(partition => partition.PartitionIndex).Select(partition => (new PartitionName(name, partition.PartitionIndex), brokers[partition.LeaderId]))
        : throw new InvalidOperationException($"topic '{name}' cannot be looked at: {topic.ErrorCode}");

    private static EndPoint EndPointOf(string host, int port) => IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
}
