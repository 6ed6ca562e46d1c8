using System.Net;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load;

/// <summary>Topics for a load, made with our own client so that any broker will do, also one without an admin API.</summary>
internal static class Topics
{
    private const short NewestKnown = 5;

    public static Task<WireClient> ConnectAsync(string bootstrap) =>
        WireClient.ConnectAsync(IPEndPoint.Parse(bootstrap.Replace("localhost", "127.0.0.1", StringComparison.Ordinal)), "load");

    /// <summary>Creates the topic, or leaves one that is there as it is. A broker that cannot create topics is left to make it up itself.</summary>
    public static async Task EnsureAsync(string bootstrap, string topic, int partitions)
    {
        await using var client = await ConnectAsync(bootstrap);
        var served = await client.SendAsync(new ApiVersionsRequest(), 0); // the one version that every broker answers
        if (served.ApiKeys.Find(api => api.ApiKey == (short)ApiKey.CreateTopics) is not { } createTopics)
            return;
        var request = new CreateTopicsRequest { TimeoutMs = 30_000 };
        request.Topics.Add(new CreateTopicsRequest.CreatableTopic { Name = new TopicName(topic), NumPartitions = partitions, ReplicationFactor = 1 });
        var response = await client.SendAsync(request, Math.Min(createTopics.MaxVersion, NewestKnown));
        var error = response.Topics[0].ErrorCode;
        if (error is not (ErrorCode.None or ErrorCode.TopicAlreadyExists))
            throw new InvalidOperationException($"topic '{topic}' was not created: {error} {response.Topics[0].ErrorMessage}");
    }
}
