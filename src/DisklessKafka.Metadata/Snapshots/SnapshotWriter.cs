using System.Buffers;
using DisklessKafka.Metadata.State;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.Snapshots;

/// <summary>Writes a captured state down, frame by frame, so that nothing else has to wait for more than a frame (about a millisecond).</summary>
internal static class SnapshotWriter
{
    public static async Task<ReadOnlySequence<byte>> WriteAsync(StateCapture capture, CancellationToken cancellation)
    {
        var content = new SnapshotContent();
        content.Add(SnapshotFrames.Magic.ToArray());
        content.Add(FrameKind.Header, capture.Header);
        content.Add(FrameKind.Sessions, capture.Sessions);
        foreach (var topics in capture.Topics.Chunk(1024))
        {
            content.Add(FrameKind.Topics, new SnapshotTopics { Topics = [.. topics.Select(ToRow)] });
            await Task.Yield();
        }

        content.Add(FrameKind.Configs, new SnapshotConfigs { Resources = [.. capture.Configs.OrderBy(pair => pair.Key).Select(pair => ToRow(pair.Key, pair.Value))] });
        foreach (var segments in capture.Segments)
        {
            content.Add(FrameKind.Segments, segments);
            await Task.Yield();
        }

        foreach (var extents in Extents(capture.Partitions))
        {
            cancellation.ThrowIfCancellationRequested();
            content.Add(FrameKind.Extents, extents);
            await Task.Yield();
        }

        foreach (var producers in capture.Producers)
        {
            content.Add(FrameKind.Producers, producers);
            await Task.Yield();
        }

        foreach (var groups in capture.Groups)
        {
            content.Add(FrameKind.Groups, groups);
            await Task.Yield();
        }

        foreach (var offsets in capture.Offsets)
        {
            content.Add(FrameKind.Offsets, offsets);
            await Task.Yield();
        }

        foreach (var transactions in capture.Transactions)
        {
            content.Add(FrameKind.Transactions, transactions);
            await Task.Yield();
        }

        foreach (var markers in MarkerRows.Capture(capture.Partitions))
        {
            cancellation.ThrowIfCancellationRequested();
            content.Add(FrameKind.Markers, markers);
            await Task.Yield();
        }

        content.Add(FrameKind.End, new SnapshotEnd { Frames = content.Frames + 1 });
        return content.ToSequence();
    }

    /// <summary>Fills frames to the brim: a partition may share its frame with many others, or fill many frames.</summary>
    private static IEnumerable<SnapshotExtents> Extents((Partition Partition, PartitionView View)[] partitions)
    {
        var rows = new List<SnapshotExtents.PartitionRow>();
        var extents = new List<SnapshotExtents.ExtentRow>(ClusterState.RowsPerFrame);
        foreach (var (partition, view) in partitions)
        {
            if (view.HighWatermark == 0) continue; // nothing but what the topic says
            var written = 0;
            do // at least one row, also for a partition whose extents are all gone
            {
                var count = Math.Min(view.Extents.Count - written, ClusterState.RowsPerFrame - extents.Count);
                rows.Add(ToRow(partition, view, count));
                AddExtents(extents, view.Extents, written, count);
                written += count;
                if (extents.Count < ClusterState.RowsPerFrame && rows.Count < ClusterState.RowsPerFrame) continue;
                yield return new SnapshotExtents { Partitions = [.. rows], Extents = [.. extents] };
                rows.Clear();
                extents.Clear();
            }
            while (written < view.Extents.Count);
        }

        if (rows.Count > 0) yield return new SnapshotExtents { Partitions = [.. rows], Extents = [.. extents] };
    }

    private static void AddExtents(List<SnapshotExtents.ExtentRow> rows, ExtentMap extents, int from, int count)
    {
        Extent previous = default;
        for (var i = from; i < from + count; i++)
        {
            rows.Add(ExtentRows.Encode(extents[i], previous));
            previous = extents[i];
        }
    }

    private static SnapshotExtents.PartitionRow ToRow(Partition partition, PartitionView view, int extents) => new()
    {
        Topic = (uint)partition.TopicOrdinal,
        Partition = (uint)partition.Index,
        LogStart = (ulong)view.LogStartOffset,
        HighWatermark = (ulong)view.HighWatermark,
        Extents = (uint)extents,
    };

    private static SnapshotTopics.TopicRow ToRow(Topic topic) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id,
        Ordinal = topic.Ordinal,
        Partitions = topic.Partitions.Length,
        ReplicationFactor = topic.ReplicationFactor,
        Configs = [.. topic.Configs.Select(pair => new SnapshotTopics.ConfigRow { Key = pair.Key, Value = pair.Value })],
    };

    private static SnapshotConfigs.ResourceRow ToRow(ConfigResource resource, ConfigSet configs) => new()
    {
        Type = resource.Type,
        Name = resource.Name,
        Configs = [.. configs.Select(pair => new SnapshotConfigs.SettingRow { Key = pair.Key, Value = pair.Value })],
    };
}
