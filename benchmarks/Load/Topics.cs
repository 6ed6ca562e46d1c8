using System.Net;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load;

/// <summary>Topics for a load, made with our own client so that any broker will do, also one without an admin API.</summary>
internal static class Topics
{
    public static async Task<WireClient> ConnectAsync(string bootstrap)
    {
        var client = await WireClient.ConnectAsync(IPEndPoint.Parse(bootstrap.Replace("localhost", "127.0.0.1", StringComparison.Ordinal)), "load");
        await client.NegotiateAsync();
        return client;
    }

    /// <summary>Creates the topic, or leaves one that is there as it is. A broker that cannot create topics is left to make it up itself.</summary>
    public static async Task EnsureAsync(string bootstrap, string topic, int partitions)
    {
        await using var client = await ConnectAsync(bootstrap);
        if (!client.Served.ContainsKey(ApiKey.CreateTopics))
            return;
        var request = new CreateTopicsRequest { TimeoutMs = 30_000 };
        request.Topics.Add(new CreateTopicsRequest.CreatableTopic { Name = new TopicName(topic), NumPartitions = partitions, ReplicationFactor = 1 });
        var response = await client.SendAsync(request);
        var error = response.Topics[0].ErrorCode;
        if (error is not (ErrorCode.None or ErrorCode.TopicAlreadyExists))
            throw new InvalidOperationException($"topic '{topic}' was not created: {error} {response.Topics[0].ErrorMessage}");
    }
}
