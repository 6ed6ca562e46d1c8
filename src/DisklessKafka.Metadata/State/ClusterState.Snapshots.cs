using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Metadata.State;

// Into a snapshot and out of one. What is large is only referred to when it is captured; it is written down elsewhere.
public sealed partial class ClusterState
{
    /// <summary>Rows in one message: bounds what either side needs in one piece to about a megabyte.</summary>
    internal const int RowsPerFrame = 16_384;

    /// <summary>
    /// Holds the state fast as it is after the last entry. Topics and extents are immutable views, of which there is one
    /// a partition to remember; groups and their offsets are left to the capture; sessions, segments, producers and transactional ids are copied.
    /// </summary>
    internal StateCapture Capture()
    {
        var view = _view;
        var topics = view.Topics.All;
        var partitions = new (Partition, PartitionView)[view.Topics.PartitionCount];
        var next = 0;
        foreach (var topic in topics)
            foreach (var partition in topic.Partitions)
                partitions[next++] = (partition, partition.View);
        return new StateCapture(
            new SnapshotHeader
            {
                FeatureLevel = _featureLevel, Version = _version, TimeMs = _timeMs,
                Epoch = view.Position.Epoch, Major = view.Position.Major, Minor = view.Position.Minor, CursorHash = view.Position.Hash,
                StateHash = (long)Hash(), ClusterId = _sessions.ClusterId, NextSession = _sessions.NextOrdinal, NextTopic = _topics.NextOrdinal, NextProducerId = _producers.NextProducerId,
            },
            CaptureSessions(), topics.ToArray(), view.Configs, partitions, CaptureSegments(), CaptureProducers(),
            GroupRows.CaptureGroups(_groups), GroupRows.CaptureOffsets(_groups), TransactionRows.Capture(_transactions));
    }

    private SnapshotSessions CaptureSessions() => new()
    {
        Sessions = [.. _sessions.All.Select(session => new SnapshotSessions.SessionRow
        {
            Id = session.Id, Ordinal = session.Ordinal, NodeId = session.NodeId, Live = session.IsLive, Listed = session.IsListed, Zone = session.Zone,
            Host = session.Host, Port = session.Port, Software = session.Software, MaxFeatureLevel = session.MaxFeatureLevel,
            SessionTimeoutMs = session.TimeoutMs, LastSeenMs = session.LastSeenMs, LastSegment = session.LastSegment, Segments = session.Segments,
            LastEntry = session.LastEntry,
        })],
        Jobs = [.. _jobs.Holders.Select(pair => new SnapshotSessions.JobRow { Job = pair.Key, Holder = pair.Value })],
        Snapshots = [.. _snapshots.Records.Select(record => new SnapshotSessions.SnapshotRow
        {
            Key = record.Key, Version = record.Version, SizeBytes = record.SizeBytes, Epoch = record.Position.Epoch,
            Major = record.Position.Major, Minor = record.Position.Minor, CursorHash = record.Position.Hash,
        })],
    };

    /// <summary>Copied here, made into messages by whoever enumerates it.</summary>
    private IEnumerable<SnapshotSegments> CaptureSegments()
    {
        var rows = _segments.Copy().Select(row => new SnapshotSegments.SegmentRow
        {
            Session = (uint)row.Segment.Session, Sequence = (ulong)row.Segment.Sequence, SizeBytes = (uint)row.SizeBytes, Extents = (uint)row.Extents,
        });
        PendingDeletion[] pending = [.. _segments.Pending];
        var pendingRows = pending.Select(row => new SnapshotSegments.PendingRow
        {
            Session = (uint)row.Segment.Session, Sequence = (ulong)row.Segment.Sequence, SizeBytes = (uint)row.SizeBytes, SinceMs = row.SinceMs,
        });
        return rows.Chunk(RowsPerFrame).Select(chunk => new SnapshotSegments { Segments = chunk })
            .Concat(pendingRows.Chunk(RowsPerFrame).Select(chunk => new SnapshotSegments { Pending = chunk }));
    }

    private List<SnapshotProducers> CaptureProducers() => [.. _producers.All.Chunk(RowsPerFrame).Select(CaptureProducers)];

    private static SnapshotProducers CaptureProducers(ProducerEntry[] entries)
    {
        var producers = new SnapshotProducers.ProducerRow[entries.Length];
        var batches = new SnapshotProducers.SequenceRow[entries.Sum(entry => entry.BatchCount)];
        var next = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = entries[i];
            producers[i] = new SnapshotProducers.ProducerRow
            {
                Topic = (uint)entry.Partition.TopicOrdinal, Partition = (uint)entry.Partition.Index, ProducerId = (ulong)entry.ProducerId,
                Epoch = (uint)entry.Epoch, TimestampMs = entry.LastTimestampMs, ActiveMs = entry.LastActiveMs, Batches = entry.BatchCount,
                Transaction = (ulong)(entry.TransactionOffset + 1), HasMarker = entry.HasMarker ? 1u : 0,
            };
            foreach (var batch in entry.Batches)
            {
                batches[next++] = new SnapshotProducers.SequenceRow
                {
                    FirstSequence = (uint)batch.FirstSequence, LastSequence = (uint)batch.LastSequence, BaseOffset = (ulong)batch.BaseOffset,
                };
            }
        }

        return new SnapshotProducers { Producers = producers, Batches = batches };
    }

    internal void Restore(SnapshotHeader header)
    {
        if (header.FeatureLevel > NewestFeatureLevel) throw new UnknownFeatureLevelException(header.FeatureLevel);
        _featureLevel = header.FeatureLevel;
        _version = header.Version;
        _timeMs = header.TimeMs;
        _topics.RestoreNextOrdinal(header.NextTopic);
        _producers.RestoreNextProducerId(header.NextProducerId);
    }

    internal void Restore(SnapshotHeader header, SnapshotSessions rows)
    {
        _sessions.Restore(header.ClusterId, header.NextSession, rows.Sessions.Select(row => new Session(row.Id, row.Ordinal, row.NodeId)
        {
            IsLive = row.Live, IsListed = row.Listed, Zone = row.Zone, Host = row.Host, Port = row.Port, Software = row.Software,
            MaxFeatureLevel = row.MaxFeatureLevel, TimeoutMs = row.SessionTimeoutMs, LastSeenMs = row.LastSeenMs,
            LastSegment = row.LastSegment, Segments = row.Segments, LastEntry = row.LastEntry,
        }));
        foreach (var row in rows.Jobs) _jobs.Restore(row.Job, row.Holder);
        foreach (var row in rows.Snapshots)
            _snapshots.Restore(new SnapshotRecord(row.Key, row.Version, row.SizeBytes, new LogCursor(row.Epoch, row.Major, row.Minor, row.CursorHash)));
    }

    internal void Restore(SnapshotTopics rows)
    {
        foreach (var row in rows.Topics)
        {
            var partitions = new Partition[row.Partitions];
            for (var i = 0; i < partitions.Length; i++) partitions[i] = new Partition(row.Ordinal, i, _version);
            var configs = ConfigSet.Empty;
            foreach (var config in row.Configs) configs = configs.With(config.Key, config.Value);
            _topics.Restore(new Topic(row.Name, row.TopicId, row.Ordinal, row.ReplicationFactor, configs, partitions));
        }
    }

    internal void Restore(SnapshotConfigs rows)
    {
        foreach (var row in rows.Resources)
        {
            var configs = ConfigSet.Empty;
            foreach (var config in row.Configs) configs = configs.With(config.Key, config.Value);
            _configs.Restore(new ConfigResource(row.Type, row.Name), configs);
        }
    }

    internal void Restore(SnapshotSegments rows)
    {
        foreach (var row in rows.Segments)
            _segments.Restore(new SegmentRef((int)row.Session, (long)row.Sequence), (int)row.SizeBytes, (int)row.Extents);
        foreach (var row in rows.Pending)
            _segments.RestorePending(new PendingDeletion(new SegmentRef((int)row.Session, (long)row.Sequence), (int)row.SizeBytes, row.SinceMs));
    }

    internal void Restore(SnapshotExtents rows)
    {
        var next = 0;
        foreach (ref readonly var row in rows.Partitions.AsSpan())
        {
            var partition = Find(row.Topic, row.Partition);
            partition.LogStartOffset = (long)row.LogStart;
            partition.NextOffset = (long)row.HighWatermark;
            Extent previous = default;
            for (var end = next + (int)row.Extents; next < end; next++)
            {
                previous = ExtentRows.Decode(rows.Extents[next], previous);
                _extents.Restore(partition, previous);
            }
        }
    }

    internal void Restore(SnapshotProducers rows)
    {
        var next = 0;
        Span<ProducerBatch> batches = stackalloc ProducerBatch[ProducerEntry.BatchesKept];
        foreach (ref readonly var row in rows.Producers.AsSpan())
        {
            var count = (int)row.Batches;
            for (var i = 0; i < count; i++)
            {
                ref readonly var batch = ref rows.Batches[next++];
                batches[i] = new ProducerBatch((int)batch.FirstSequence, (int)batch.LastSequence, (long)batch.BaseOffset);
            }

            var entry = new ProducerEntry((long)row.ProducerId, Find(row.Topic, row.Partition));
            entry.Restore((short)row.Epoch, batches[..count], row.TimestampMs, row.ActiveMs, (long)row.Transaction - 1, row.HasMarker == 1);
            _producers.Restore(entry);
        }
    }

    internal void Restore(SnapshotGroups rows)
    {
        foreach (var row in rows.Groups) GroupRows.Restore(_groups, row);
    }

    internal void Restore(SnapshotOffsets rows)
    {
        foreach (var row in rows.Groups) GroupRows.Restore(_groups, row);
    }

    internal void Restore(SnapshotTransactions rows) => TransactionRows.Restore(_transactions, rows);

    internal void Restore(SnapshotMarkers rows) => MarkerRows.Restore(rows, Find);

    /// <summary>After everything is restored: makes it visible, and makes sure that it is what was captured.</summary>
    internal void EndRestore(SnapshotHeader header)
    {
        _extents.EndRestore(_topics);
        Publish(new LogCursor(header.Epoch, header.Major, header.Minor, header.CursorHash), outcomes: null);
        if (Hash() != (ulong)header.StateHash) throw new CorruptStateException($"the snapshot of version {header.Version} yields another state than the one it was made from");
    }

    private Partition Find(uint topic, uint partition) =>
        _topics.Find(topic, partition) ?? throw new CorruptStateException($"the snapshot has something in partition {partition} of topic {topic}, which it does not have");
}
