using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>A fetch request against the cluster state: each partition is a target to read or an error to answer.</summary>
internal sealed class FetchTargets
{
    private const sbyte ReadCommitted = 1;

    private readonly List<Line> _lines = [];
    private readonly bool _isReadCommitted;

    private FetchTargets(bool isReadCommitted) => _isReadCommitted = isReadCommitted;

    /// <summary>What can be read, in request order.</summary>
    public FetchTarget[] Targets { get; private set; } = [];

    /// <summary>The targets' partitions.</summary>
    public Partition[] Partitions { get; private set; } = [];

    /// <summary>True if an error might only come from a view that is behind.</summary>
    public bool HasDoubt { get; private set; }

    public bool HasErrors { get; private set; }

    public static FetchTargets Resolve(FetchRequest request, short version, ClusterView view)
    {
        var fetch = new FetchTargets(request.IsolationLevel == ReadCommitted);
        foreach (var topic in request.Topics)
        {
            var found = version >= 13 ? view.Topics.TryFind(topic.TopicId, out var known) : view.Topics.TryFind(topic.Topic, out known);
            foreach (var partition in topic.Partitions)
                fetch._lines.Add(new Line(topic, partition, known?.Find(partition.Partition), UnknownError(found, version)));
        }

        fetch.Refresh();
        return fetch;
    }

    /// <summary>Turns what a stale view might have got wrong into an error that makes clients try again and changes nothing for them.</summary>
    public void DoubtBecomes(ErrorCode error)
    {
        foreach (var line in _lines)
            if (IsDoubtful(line.Error))
                line.Error = error;
    }

    /// <summary>Looks at the partitions afresh.</summary>
    public void Refresh()
    {
        var targets = new List<FetchTarget>(_lines.Count);
        HasDoubt = HasErrors = false;
        foreach (var line in _lines)
        {
            line.View = line.Partition?.View;
            line.Error = Check(line);
            line.Target = line.Error == ErrorCode.None ? targets.Count : -1;
            HasDoubt |= IsDoubtful(line.Error);
            HasErrors |= line.Error != ErrorCode.None;
            if (line.Target >= 0) targets.Add(new FetchTarget(line.View!, line.Asked.FetchOffset, LimitOf(line.View!), Math.Max(0, line.Asked.PartitionMaxBytes)));
        }

        Targets = [.. targets];
        if (Partitions.Length != Targets.Length) Partitions = [.. _lines.Where(line => line.Target >= 0).Select(line => line.Partition!).Distinct()];
    }

    /// <summary>Whether the targets hold that many bytes together.</summary>
    public bool Offers(int minBytes)
    {
        if (minBytes <= 0) return true;
        var total = 0L;
        foreach (var target in Targets)
        {
            total += target.AvailableBytes(minBytes - total);
            if (total >= minBytes) return true;
        }

        return false;
    }

    /// <param name="records">For each target.</param>
    public FetchResponse ToResponse(FetchedRecords[] records, sbyte isolationLevel)
    {
        var response = new FetchResponse();
        FetchRequest.FetchTopic? current = null;
        foreach (var line in _lines)
        {
            if (!ReferenceEquals(current, line.Topic)) response.Responses.Add(new() { Topic = line.Topic.Topic, TopicId = line.Topic.TopicId });
            current = line.Topic;
            response.Responses[^1].Partitions.Add(ToPartition(line, line.Target >= 0 ? records[line.Target] : null, isolationLevel));
        }

        return response;
    }

    private static FetchResponse.PartitionData ToPartition(Line line, FetchedRecords? records, sbyte isolationLevel)
    {
        var error = line.Error == ErrorCode.None && records is { IsEmpty: true, Failure: not null } ? ErrorCode.KafkaStorageError : line.Error;
        var view = error is ErrorCode.None or ErrorCode.OffsetOutOfRange ? line.View : null;
        return new()
        {
            PartitionIndex = line.Asked.Partition,
            ErrorCode = error,
            HighWatermark = view?.HighWatermark ?? -1,
            LastStableOffset = view?.LastStableOffset ?? -1,
            LogStartOffset = view?.LogStartOffset ?? -1,
            AbortedTransactions = isolationLevel == ReadCommitted && error == ErrorCode.None ? Aborted(line, records) : null,
            Records = records is null ? RecordsField.Empty : new RecordsField(records),
        };
    }

    /// <summary>From the very view that the last stable offset came from: of another one the two would not go together.</summary>
    private static List<FetchResponse.AbortedTransaction> Aborted(Line line, FetchedRecords? records) => records is not { IsEmpty: false }
        ? []
        : line.View!.Markers.AbortedIn(line.Asked.FetchOffset, records.EndOffset)
            .ConvertAll(aborted => new FetchResponse.AbortedTransaction { ProducerId = new ProducerId(aborted.ProducerId), FirstOffset = aborted.FirstOffset });

    private long LimitOf(PartitionView view) => _isReadCommitted ? view.LastStableOffset : view.HighWatermark;

    private static ErrorCode Check(Line line)
    {
        if (line.View is not { } view) return line.UnknownError;
        var asked = line.Asked;
        if (asked.CurrentLeaderEpoch > LeaderEpochs.First) return ErrorCode.UnknownLeaderEpoch;
        return asked.FetchOffset < view.LogStartOffset || asked.FetchOffset > view.HighWatermark ? ErrorCode.OffsetOutOfRange : ErrorCode.None;
    }

    private static ErrorCode UnknownError(bool topicFound, short version) =>
        version >= 13 && !topicFound ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;

    private static bool IsDoubtful(ErrorCode error) => error is ErrorCode.OffsetOutOfRange or ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition;

    private sealed class Line(FetchRequest.FetchTopic topic, FetchRequest.FetchPartition asked, Partition? partition, ErrorCode unknownError)
    {
        public FetchRequest.FetchTopic Topic => topic;
        public FetchRequest.FetchPartition Asked => asked;
        public Partition? Partition => partition;
        public ErrorCode UnknownError => unknownError;
        public PartitionView? View { get; set; }
        public ErrorCode Error { get; set; }
        public int Target { get; set; }
    }
}
