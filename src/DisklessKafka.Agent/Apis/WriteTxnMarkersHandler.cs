using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// WriteTxnMarkers v1–2, of which only the administrator's abort of a hanging transaction is served: between agents there
/// is nothing to say.
/// Deviations: an abort ends the whole transaction in all its partitions and fences its producer, since a part of it would
/// be seen otherwise; where nothing is open no marker is written; a commit is refused with INVALID_REQUEST; there are no
/// coordinators, so their epochs are not looked at.
/// </summary>
public sealed class WriteTxnMarkersHandler(Cluster cluster) : IApiHandler<WriteTxnMarkersRequest, WriteTxnMarkersResponse>
{
    public ApiVersionRange Versions => new(1, 2);

    public async ValueTask<WriteTxnMarkersResponse?> HandleAsync(WriteTxnMarkersRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.CoordinatorNotAvailable);
        var view = cluster.View;
        var response = ToError(request, ErrorCode.None);
        var pending = new List<WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult>();
        var targets = new List<AbortTransactions.Target>();
        foreach (var (asked, answered) in request.Markers.Zip(response.Markers))
            foreach (var (topic, results) in asked.Topics.Zip(answered.Topics))
            {
                view.Topics.TryFind(topic.Name, out var known);
                foreach (var result in results.Partitions)
                {
                    result.ErrorCode = Check(asked, known, result.PartitionIndex);
                    if (result.ErrorCode != ErrorCode.None) continue;
                    pending.Add(result);
                    targets.Add(new()
                    {
                        ProducerId = (ulong)asked.ProducerId.Value, Epoch = (uint)asked.ProducerEpoch, Topic = (uint)known!.Ordinal, Partition = (uint)result.PartitionIndex,
                    });
                }
            }

        if (targets.Count == 0) return response;
        var (status, outcome) = await cluster.AppendAsync(Command.Of(new AbortTransactions { Targets = [.. targets] }), context.Aborted);
        for (var i = 0; i < pending.Count; i++) pending[i].ErrorCode = outcome is null ? TransactionErrors.Of(status) : TransactionErrors.Of(outcome.Statuses[i]);
        return response;
    }

    public WriteTxnMarkersResponse ToError(WriteTxnMarkersRequest request, ErrorCode error) => new()
    {
        Markers = request.Markers.ConvertAll(asked => new WriteTxnMarkersResponse.WritableTxnMarkerResult
        {
            ProducerId = asked.ProducerId,
            Topics = asked.Topics.ConvertAll(topic => new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult
            {
                Name = topic.Name,
                Partitions = topic.PartitionIndexes.ConvertAll(index => new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult { PartitionIndex = index, ErrorCode = error }),
            }),
        }),
    };

    private static ErrorCode Check(WriteTxnMarkersRequest.WritableTxnMarker asked, Topic? topic, int partition)
    {
        if (topic?.Find(partition) is null) return ErrorCode.UnknownTopicOrPartition;
        return asked.TransactionResult || asked.ProducerId.Value < 0 || asked.ProducerEpoch < 0 ? ErrorCode.InvalidRequest : ErrorCode.None;
    }
}
