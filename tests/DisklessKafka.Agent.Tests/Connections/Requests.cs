using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Tests.Connections;

/// <summary>Small requests and answers that tests tell apart by a topic's name.</summary>
internal static class Requests
{
    public static MetadataRequest Metadata(string topic) => new() { Topics = [new() { Name = new TopicName(topic) }] };

    public static MetadataResponse Answer(MetadataRequest request) =>
        new() { ClusterId = request.Topics is [{ Name: { } name }, ..] ? name.Value : "all" };

    public static ProduceRequest Produce(byte[] records, short acks = -1) => new()
    {
        Acks = acks,
        TimeoutMs = 1000,
        TopicData = [new() { Name = new TopicName("t"), PartitionData = [new() { Index = 0, Records = new RecordsField(records) }] }],
    };

    public static ProduceResponse Produced(long baseOffset) => new()
    {
        Responses = [new() { Name = new TopicName("t"), PartitionResponses = [new() { Index = 0, BaseOffset = baseOffset }] }],
    };

    public static FakeHandler<MetadataRequest, MetadataResponse> EchoMetadata() => new((request, _) => new(Answer(request)));
}
