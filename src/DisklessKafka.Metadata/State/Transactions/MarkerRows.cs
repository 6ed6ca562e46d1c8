using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>Markers into a snapshot and out of one. What is captured are views, which never change; frames are made one at a time.</summary>
internal static class MarkerRows
{
    public static IEnumerable<SnapshotMarkers> Capture((Partition Partition, PartitionView View)[] partitions)
    {
        var frame = new Frame();
        foreach (var (partition, view) in partitions)
        {
            int markers = 0, aborts = 0;
            while (markers < view.Markers.Count || aborts < view.Markers.AbortedCount)
            {
                frame.Add(partition, view.Markers, ref markers, ref aborts);
                if (frame.Room == 0) yield return frame.Take();
            }
        }

        if (frame.Room < ClusterState.RowsPerFrame) yield return frame.Take();
    }

    /// <param name="find">Topic ordinal and partition.</param>
    public static void Restore(SnapshotMarkers rows, Func<uint, uint, Partition> find)
    {
        int marker = 0, abort = 0;
        foreach (ref readonly var row in rows.Partitions.AsSpan())
        {
            var partition = find(row.Topic, row.Partition);
            for (var end = marker + (int)row.Markers; marker < end; marker++) partition.Markers = partition.Markers.Append(FromRow(rows.Markers[marker]));
            for (var end = abort + (int)row.Aborts; abort < end; abort++) partition.Markers = partition.Markers.Append(FromRow(rows.Aborts[abort]));
        }
    }

    private static SnapshotMarkers.MarkerRow ToRow(in Marker marker) => new()
    {
        Offset = (ulong)marker.Offset, ProducerId = (ulong)marker.ProducerId, Epoch = (uint)marker.Epoch, Commit = marker.IsCommit ? 1u : 0, TimeMs = marker.TimestampMs,
    };

    private static Marker FromRow(in SnapshotMarkers.MarkerRow row) => new((long)row.Offset, (long)row.ProducerId, row.TimeMs, (short)row.Epoch, row.Commit == 1);

    private static SnapshotMarkers.AbortRow ToRow(in AbortedTransaction aborted) => new()
    {
        ProducerId = (ulong)aborted.ProducerId, FirstOffset = (ulong)aborted.FirstOffset, LastOffset = (ulong)aborted.LastOffset, Stable = (ulong)aborted.StableOffset,
    };

    private static AbortedTransaction FromRow(in SnapshotMarkers.AbortRow row) =>
        new((long)row.ProducerId, (long)row.FirstOffset, (long)row.LastOffset, (long)row.Stable);

    private sealed class Frame
    {
        private readonly List<SnapshotMarkers.PartitionRow> _partitions = [];
        private readonly List<SnapshotMarkers.MarkerRow> _markers = [];
        private readonly List<SnapshotMarkers.AbortRow> _aborts = [];

        public int Room => ClusterState.RowsPerFrame - _markers.Count - _aborts.Count;

        public void Add(Partition partition, in MarkerMap map, ref int markers, ref int aborts)
        {
            int firstMarker = markers, firstAbort = aborts;
            while (markers < map.Count && Room > 0) _markers.Add(ToRow(map[markers++]));
            while (aborts < map.AbortedCount && Room > 0) _aborts.Add(ToRow(map.AbortedAt(aborts++)));
            _partitions.Add(new SnapshotMarkers.PartitionRow
            {
                Topic = (uint)partition.TopicOrdinal, Partition = (uint)partition.Index, Markers = (uint)(markers - firstMarker), Aborts = (uint)(aborts - firstAbort),
            });
        }

        public SnapshotMarkers Take()
        {
            var taken = new SnapshotMarkers { Partitions = [.. _partitions], Markers = [.. _markers], Aborts = [.. _aborts] };
            _partitions.Clear();
            _markers.Clear();
            _aborts.Clear();
            return taken;
        }
    }
}
