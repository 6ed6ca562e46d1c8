using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// OffsetForLeaderEpoch v2–4. Who asks has the first epoch from elsewhere, since none is told here: it ends at the high watermark.
/// Deviations: none that a client could see.
/// </summary>
public sealed class OffsetForLeaderEpochHandler(Cluster cluster) : IApiHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    public ApiVersionRange Versions => new(2, 4);

    public async ValueTask<OffsetForLeaderEpochResponse?> HandleAsync(OffsetForLeaderEpochRequest request, RequestContext context)
    {
        // An end before what the client has read would look like truncation and make it drop records.
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var view = cluster.View;
        return Answer(request, (topic, asked) =>
            view.Topics.TryFind(topic, out var known) && known.Find(asked.Partition) is { } partition ? Answer(asked, partition.View) : Failed(asked, ErrorCode.UnknownTopicOrPartition));
    }

    public OffsetForLeaderEpochResponse ToError(OffsetForLeaderEpochRequest request, ErrorCode error) => Answer(request, (_, asked) => Failed(asked, error));

    private static OffsetForLeaderEpochResponse Answer(
        OffsetForLeaderEpochRequest request, Func<TopicName, OffsetForLeaderEpochRequest.OffsetForLeaderPartition, OffsetForLeaderEpochResponse.EpochEndOffset> answer)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
            response.Topics.Add(new() { Topic = topic.Topic, Partitions = [.. topic.Partitions.Select(asked => answer(topic.Topic, asked))] });
        return response;
    }

    private static OffsetForLeaderEpochResponse.EpochEndOffset Answer(OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked, PartitionView view) => asked switch
    {
        { CurrentLeaderEpoch: > LeaderEpochs.First } => Failed(asked, ErrorCode.UnknownLeaderEpoch),
        { LeaderEpoch: LeaderEpochs.First } => new() { Partition = asked.Partition, LeaderEpoch = LeaderEpochs.First, EndOffset = view.HighWatermark },
        _ => Failed(asked, ErrorCode.None), // an epoch that never was: no end
    };

    private static OffsetForLeaderEpochResponse.EpochEndOffset Failed(OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked, ErrorCode error) =>
        new() { Partition = asked.Partition, ErrorCode = error, LeaderEpoch = LeaderEpochs.None, EndOffset = -1 };
}
