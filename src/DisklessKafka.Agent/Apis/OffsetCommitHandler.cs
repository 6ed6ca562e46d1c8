using System.Text;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Agent.Groups;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// OffsetCommit v2–10. One command a request; what arrives while an append is under way goes out together in the next.
/// Deviations: any agent takes any group's commits; retention_time_ms of old versions is not looked at, the cluster's setting holds.
/// </summary>
public sealed class OffsetCommitHandler(Cluster cluster, MemberWatch watch, LiveSettings settings) : IApiHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const short MemberEpochVersion = 9, TopicIdVersion = 10;

    public ApiVersionRange Versions => new(2, 10);

    public async ValueTask<OffsetCommitResponse?> HandleAsync(OffsetCommitRequest request, RequestContext context)
    {
        if (Resolve(request, context.ApiVersion, out _, out _)) await cluster.CatchUpAsync(context.Aborted); // created elsewhere a moment ago, perhaps
        Resolve(request, context.ApiVersion, out var response, out var pending);
        if (pending.Count == 0) return response;
        if (context.ApiVersion < MemberEpochVersion && SpeaksConsumerProtocol(request)) return ToError(request, ErrorCode.UnsupportedVersion);

        var command = new CommitOffsets
        {
            Group = request.GroupId, MemberId = request.MemberId, InstanceId = request.GroupInstanceId, Generation = request.GenerationIdOrMemberEpoch,
            Offsets = [.. pending.Select(each => each.Entry)],
        };
        var (status, outcome) = await cluster.AppendAsync(Command.Of(command), context.Aborted);
        var error = outcome is null ? GroupErrors.Of(status) : GroupErrors.Of(outcome.Status);
        for (var i = 0; i < pending.Count; i++)
            pending[i].Answer.ErrorCode = error != ErrorCode.None ? error : outcome!.IsKnown[i] ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition;
        if (error == ErrorCode.None && request.MemberId.Length > 0) NoteHeard(request);
        return response;
    }

    public OffsetCommitResponse ToError(OffsetCommitRequest request, ErrorCode error) => new()
    {
        Topics =
        [
            .. request.Topics.Select(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                Partitions = [.. topic.Partitions.Select(asked => new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = asked.PartitionIndex, ErrorCode = error })],
            }),
        ],
    };

    /// <returns>True if something asked for is not known to this agent.</returns>
    private bool Resolve(
        OffsetCommitRequest request, short version, out OffsetCommitResponse response,
        out List<(OffsetCommitResponse.OffsetCommitResponsePartition Answer, CommitOffsets.OffsetEntry Entry)> pending)
    {
        var view = cluster.View;
        var maxMetadata = settings.Current.Int(BrokerConfigs.OffsetMetadataMaxBytes);
        var misses = false;
        pending = [];
        response = ToError(request, ErrorCode.None);
        for (var i = 0; i < request.Topics.Count; i++)
        {
            var asked = request.Topics[i];
            var found = version >= TopicIdVersion ? view.Topics.TryFind(asked.TopicId, out var topic) : view.Topics.TryFind(asked.Name, out topic);
            for (var p = 0; p < asked.Partitions.Count; p++)
            {
                var (partition, answer) = (asked.Partitions[p], response.Topics[i].Partitions[p]);
                if (!found || topic!.Find(partition.PartitionIndex) is null)
                {
                    misses = true;
                    answer.ErrorCode = version >= TopicIdVersion && !found ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
                }
                else if (Encoding.UTF8.GetByteCount(partition.CommittedMetadata ?? "") > maxMetadata)
                {
                    answer.ErrorCode = ErrorCode.OffsetMetadataTooLarge;
                }
                else if (partition.CommittedOffset < 0)
                {
                    answer.ErrorCode = ErrorCode.InvalidRequest;
                }
                else
                {
                    pending.Add((answer, EntryOf(topic.Ordinal, partition)));
                }
            }
        }

        return misses;
    }

    private static CommitOffsets.OffsetEntry EntryOf(int topic, OffsetCommitRequest.OffsetCommitRequestPartition partition) => new()
    {
        Topic = (uint)topic,
        Partition = (uint)partition.PartitionIndex,
        Offset = (ulong)partition.CommittedOffset,
        LeaderEpoch = partition.CommittedLeaderEpoch,
        Metadata = partition.CommittedMetadata ?? "",
    };

    /// <summary>A commit is a sign of life, as in Kafka.</summary>
    private void NoteHeard(OffsetCommitRequest request)
    {
        if (!cluster.View.Groups.TryFind(request.GroupId, out var group)) return;
        var view = group.View;
        if (view.Classic?.Members.GetValueOrDefault(request.MemberId) is { } classic) watch.Heard(request.GroupId, classic.Id, classic.Home);
        else if (view.Consumer?.Members.GetValueOrDefault(request.MemberId) is { } consumer) watch.Heard(request.GroupId, consumer.Id, consumer.Home);
    }

    private bool SpeaksConsumerProtocol(OffsetCommitRequest request) =>
        cluster.View.Groups.TryFind(request.GroupId, out var group) && group.View.Consumer?.Members.GetValueOrDefault(request.MemberId) is { Classic: null };
}
