using System.Text;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Groups;
using DisklessKafka.Agent.Transactions;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// TxnOffsetCommit v0–5. The offsets wait for the end of the transaction; from version 5 on they make their group part of
/// it (transaction version 2).
/// Deviations: any agent takes any group's offsets.
/// </summary>
public sealed class TxnOffsetCommitHandler(Cluster cluster, LiveSettings settings) : IApiHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    private const short AbortableVersion = 4, JoiningVersion = 5;

    public ApiVersionRange Versions => new(0, 5);

    public async ValueTask<TxnOffsetCommitResponse?> HandleAsync(TxnOffsetCommitRequest request, RequestContext context)
    {
        if (request.TransactionalId.Value.Length == 0) return ToError(request, ErrorCode.InvalidRequest);
        if (request.GroupId.Value.Length == 0) return ToError(request, ErrorCode.InvalidGroupId);
        if (Resolve(request, out _, out _)) await cluster.CatchUpAsync(context.Aborted); // created elsewhere a moment ago, perhaps
        Resolve(request, out var response, out var pending);
        if (pending.Count == 0) return response;

        var command = new CommitTransactionOffsets
        {
            TransactionalId = request.TransactionalId, ProducerId = request.ProducerId, Epoch = request.ProducerEpoch, Joins = context.ApiVersion >= JoiningVersion,
            Group = request.GroupId, MemberId = request.MemberId, InstanceId = request.GroupInstanceId, Generation = request.GenerationId,
            Offsets = [.. pending.Select(each => each.Entry)],
        };
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        var error = outcome is null ? TransactionErrors.Of(status) : ErrorOf(outcome, context.ApiVersion);
        for (var i = 0; i < pending.Count; i++)
            pending[i].Answer.ErrorCode = error != ErrorCode.None ? error : outcome!.IsKnown[i] ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition;
        return response;
    }

    public TxnOffsetCommitResponse ToError(TxnOffsetCommitRequest request, ErrorCode error) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
        {
            Name = topic.Name,
            Partitions = topic.Partitions.ConvertAll(asked => new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition { PartitionIndex = asked.PartitionIndex, ErrorCode = error }),
        }),
    };

    private static ErrorCode ErrorOf(CommitTransactionOffsetsOutcome outcome, short version) => outcome.Status switch
    {
        TransactionStatus.Done => GroupErrors.Of(outcome.Member),
        TransactionStatus.InvalidState when version >= AbortableVersion => ErrorCode.TransactionAbortable,
        _ => TransactionErrors.Of(outcome.Status, knowsFenced: false), // group coordinators never say PRODUCER_FENCED
    };

    /// <returns>True if something asked for is not known to this agent.</returns>
    private bool Resolve(
        TxnOffsetCommitRequest request, out TxnOffsetCommitResponse response,
        out List<(TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition Answer, CommitTransactionOffsets.OffsetEntry Entry)> pending)
    {
        var view = cluster.View;
        var maxMetadata = settings.Current.Int(BrokerConfigs.OffsetMetadataMaxBytes);
        var misses = false;
        pending = [];
        response = ToError(request, ErrorCode.None);
        for (var i = 0; i < request.Topics.Count; i++)
        {
            view.Topics.TryFind(request.Topics[i].Name, out var topic);
            for (var p = 0; p < request.Topics[i].Partitions.Count; p++)
            {
                var (partition, answer) = (request.Topics[i].Partitions[p], response.Topics[i].Partitions[p]);
                answer.ErrorCode = Check(partition, topic, maxMetadata);
                misses |= answer.ErrorCode == ErrorCode.UnknownTopicOrPartition;
                if (answer.ErrorCode == ErrorCode.None) pending.Add((answer, EntryOf(topic!.Ordinal, partition)));
            }
        }

        return misses;
    }

    private static ErrorCode Check(TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition, Topic? topic, int maxMetadata)
    {
        if (topic?.Find(partition.PartitionIndex) is null) return ErrorCode.UnknownTopicOrPartition;
        if (Encoding.UTF8.GetByteCount(partition.CommittedMetadata ?? "") > maxMetadata) return ErrorCode.OffsetMetadataTooLarge;
        return partition.CommittedOffset < 0 ? ErrorCode.InvalidRequest : ErrorCode.None;
    }

    private static CommitTransactionOffsets.OffsetEntry EntryOf(int topic, TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition) => new()
    {
        Topic = (uint)topic,
        Partition = (uint)partition.PartitionIndex,
        Offset = (ulong)partition.CommittedOffset,
        LeaderEpoch = partition.CommittedLeaderEpoch,
        Metadata = partition.CommittedMetadata ?? "",
    };
}
