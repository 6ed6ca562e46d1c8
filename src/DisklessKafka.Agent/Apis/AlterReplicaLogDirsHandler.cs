using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// AlterReplicaLogDirs v1–2. A partition that is asked for in several directories is answered for the last one, as Kafka does.
/// Deviations: the object store, as DescribeLogDirs names it, is the only directory: every partition is in it already, so a move
/// there succeeds and moves nothing, and a move to any other place is refused with LOG_DIR_NOT_FOUND.
/// </summary>
/// <param name="objects">The store's address without credentials.</param>
public sealed class AlterReplicaLogDirsHandler(Cluster cluster, string objects) : IApiHandler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>
{
    public ApiVersionRange Versions => new(1, 2);

    public async ValueTask<AlterReplicaLogDirsResponse?> HandleAsync(AlterReplicaLogDirsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var topics = cluster.View.Topics;
        return Answer(request, (directory, topic, partition) =>
            directory != objects ? ErrorCode.LogDirNotFound
            : topics.TryFind(topic, out var found) && found.Find(partition) is not null ? ErrorCode.None
            : ErrorCode.UnknownTopicOrPartition);
    }

    public AlterReplicaLogDirsResponse ToError(AlterReplicaLogDirsRequest request, ErrorCode error) => Answer(request, (_, _, _) => error);

    private static AlterReplicaLogDirsResponse Answer(AlterReplicaLogDirsRequest request, Func<string, TopicName, int, ErrorCode> answer)
    {
        var directories = new Dictionary<(TopicName Topic, int Partition), string>();
        foreach (var directory in request.Dirs)
            foreach (var topic in directory.Topics)
                foreach (var partition in topic.Partitions)
                    directories[(topic.Name, partition)] = directory.Path;
        return new()
        {
            Results =
            [
                .. directories.GroupBy(pair => pair.Key.Topic).Select(topic => new AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult
                {
                    TopicName = topic.Key,
                    Partitions =
                    [
                        .. topic.Select(pair => new AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult
                        {
                            PartitionIndex = pair.Key.Partition, ErrorCode = answer(pair.Value, pair.Key.Topic, pair.Key.Partition),
                        }),
                    ],
                }),
            ],
        };
    }
}
