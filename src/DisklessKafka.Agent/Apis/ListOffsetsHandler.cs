using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// ListOffsets v1–11. Answers what every agent's acknowledged writes up to this moment have made of the partition.
/// Deviations: everything is in object storage, so "earliest local" is the log start, and the tiered questions have no answer (-1).
/// </summary>
public sealed class ListOffsetsHandler(Cluster cluster, TimestampLookup lookup) : IApiHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const long Latest = -1, Earliest = -2, MaxTimestamp = -3, EarliestLocal = -4, LatestTiered = -5, EarliestPendingUpload = -6;
    private const sbyte ReadCommitted = 1;

    public ApiVersionRange Versions => new(1, 11);

    public async ValueTask<ListOffsetsResponse?> HandleAsync(ListOffsetsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var view = cluster.View;
        var response = new ListOffsetsResponse();
        foreach (var topic in request.Topics)
        {
            view.Topics.TryFind(topic.Name, out var known);
            var answered = new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Name };
            response.Topics.Add(answered);
            foreach (var asked in topic.Partitions)
                answered.Partitions.Add(await AnswerAsync(asked, known?.Find(asked.PartitionIndex)?.View, request.IsolationLevel, context));
        }

        return response;
    }

    public ListOffsetsResponse ToError(ListOffsetsRequest request, ErrorCode error)
    {
        var response = new ListOffsetsResponse();
        foreach (var topic in request.Topics)
        {
            var answered = new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Name };
            foreach (var asked in topic.Partitions) answered.Partitions.Add(Failed(asked, error));
            response.Topics.Add(answered);
        }

        return response;
    }

    private async ValueTask<ListOffsetsResponse.ListOffsetsPartitionResponse> AnswerAsync(
        ListOffsetsRequest.ListOffsetsPartition asked, PartitionView? view, sbyte isolationLevel, RequestContext context)
    {
        if (view is null) return Failed(asked, ErrorCode.UnknownTopicOrPartition);
        if (asked.CurrentLeaderEpoch > LeaderEpochs.First) return Failed(asked, ErrorCode.UnknownLeaderEpoch);
        if (!IsKnownQuestion(asked.Timestamp, context.ApiVersion)) return Failed(asked, ErrorCode.UnsupportedVersion);
        var limit = isolationLevel == ReadCommitted ? view.LastStableOffset : view.HighWatermark;
        try
        {
            var found = asked.Timestamp switch
            {
                Latest => new TimestampedOffset(limit, -1),
                Earliest or EarliestLocal => new TimestampedOffset(view.LogStartOffset, -1),
                LatestTiered or EarliestPendingUpload => new TimestampedOffset(-1, -1),
                MaxTimestamp => await lookup.GreatestAsync(view, limit, context.Aborted) ?? new(-1, -1),
                _ => await lookup.FirstAtOrAfterAsync(view, asked.Timestamp, limit, context.Aborted) ?? new(-1, -1),
            };
            return new() { PartitionIndex = asked.PartitionIndex, Offset = found.Offset, Timestamp = found.TimestampMs, LeaderEpoch = LeaderEpochs.None };
        }
        catch (Exception failure) when (failure is ObjectStoreException or RecordFormatException or InvalidDataException)
        {
            return Failed(asked, ErrorCode.KafkaStorageError);
        }
    }

    private static bool IsKnownQuestion(long timestamp, short version) => timestamp switch
    {
        >= Earliest => true,
        MaxTimestamp => version >= 7,
        EarliestLocal => version >= 8,
        LatestTiered => version >= 9,
        EarliestPendingUpload => version >= 11,
        _ => false,
    };

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Failed(ListOffsetsRequest.ListOffsetsPartition asked, ErrorCode error) =>
        new() { PartitionIndex = asked.PartitionIndex, ErrorCode = error, Offset = -1, Timestamp = -1 };
}
