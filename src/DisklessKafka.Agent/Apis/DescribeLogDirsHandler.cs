using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// DescribeLogDirs v1–4. The one directory is the object store.
/// Deviations: a partition's size is reported by the agent that leads it for this client, so that tools which add up over
/// brokers get the right sum; nothing knows how large an object store is, so total and usable bytes are -1.
/// </summary>
/// <param name="objects">The store's address without credentials.</param>
public sealed class DescribeLogDirsHandler(Cluster cluster, string objects) : IApiHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    public ApiVersionRange Versions => new(1, 4);

    public async ValueTask<DescribeLogDirsResponse?> HandleAsync(DescribeLogDirsRequest request, RequestContext context)
    {
        if (!await cluster.CatchUpAsync(context.Aborted)) return ToError(request, ErrorCode.RequestTimedOut);
        var view = cluster.View;
        var agents = cluster.AgentsFor(view, context);
        var directory = new DescribeLogDirsResponse.DescribeLogDirsResult { LogDir = objects, TotalBytes = -1, UsableBytes = -1 };
        foreach (var (topic, partitions) in Asked(request, view.Topics))
        {
            var described = new DescribeLogDirsResponse.DescribeLogDirsTopic { Name = topic.Name };
            foreach (var partition in partitions)
                if (ClientRouting.LeaderOf(agents, topic.Ordinal, partition.Index) == cluster.NodeId)
                    described.Partitions.Add(new() { PartitionIndex = partition.Index, PartitionSize = partition.View.SizeBytes });
            if (described.Partitions.Count > 0) directory.Topics.Add(described);
        }

        return new() { Results = [directory] };
    }

    public DescribeLogDirsResponse ToError(DescribeLogDirsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static IEnumerable<(Topic Topic, IEnumerable<Partition> Partitions)> Asked(DescribeLogDirsRequest request, TopicDirectory topics)
    {
        if (request.Topics is null)
            return topics.All.ToArray().Select(topic => (topic, topic.Partitions.ToArray().AsEnumerable()));
        return request.Topics.DistinctBy(asked => asked.Topic)
            .Select(asked => (asked, Known: topics.TryFind(asked.Topic, out var topic) ? topic : null)).Where(pair => pair.Known is not null)
            .Select(pair => (pair.Known!, pair.asked.Partitions.Distinct().Select(pair.Known!.Find).OfType<Partition>()));
    }
}
