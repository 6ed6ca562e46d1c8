using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Observability;

/// <summary>Why a segment was sealed.</summary>
public enum SealCause
{
    /// <summary>It held segment-bytes.</summary>
    Full,

    /// <summary>Its oldest batch was flush-interval old.</summary>
    Age,

    /// <summary>No flush was recent: it was sealed after the gathering delay.</summary>
    Quiet,

    /// <summary>The agent stops.</summary>
    Shutdown,
}

/// <summary>
/// The write path's latency budget and volume. The stages follow one another: buffered (first batch in until sealed),
/// upload (PUT), append (until the entry is durable), replay (until this agent applied it), answer (until its requests are done).
/// </summary>
public sealed class WriteMetrics(Meter meter)
{
    private static readonly KeyValuePair<string, object?>[] SealTags =
        [.. Enum.GetValues<SealCause>().Select(cause => new KeyValuePair<string, object?>("cause", cause.ToString().ToLowerInvariant()))];

    private readonly Histogram<double> _stages = meter.CreateHistogram<double>("diskless.segment.stage.duration", "s", "Where a segment's time goes, by stage: buffered, upload, append, replay, answer");
    private readonly Counter<long> _segments = meter.CreateCounter<long>("diskless.segments.sealed", "{segment}", "Segments sealed, by cause: full, age, quiet, shutdown");
    private readonly Histogram<long> _segmentBytes = meter.CreateHistogram<long>("diskless.segment.size", "By", "Size of sealed segments");
    private readonly Histogram<long> _segmentExtents = meter.CreateHistogram<long>("diskless.segment.extents", "{extent}", "Partitions in a sealed segment");
    private readonly Counter<long> _failed = meter.CreateCounter<long>("diskless.segments.failed", "{segment}", "Segments whose upload or commit failed, by stage");
    private readonly Counter<long> _bytes = meter.CreateCounter<long>("diskless.produced", "By", "Bytes of batches accepted");
    private readonly Counter<long> _batches = meter.CreateCounter<long>("diskless.produced.batches", "{batch}", "Batches accepted");
    private readonly Counter<long> _records = meter.CreateCounter<long>("diskless.produced.records", "{record}", "Records accepted");
    private readonly Counter<long> _refused = meter.CreateCounter<long>("diskless.produced.refused", "{batch}", "Batches refused, by error");

    private static readonly KeyValuePair<string, object?> BufferedTag = new("stage", "buffered");
    private static readonly KeyValuePair<string, object?> UploadTag = new("stage", "upload");
    private static readonly KeyValuePair<string, object?> AppendTag = new("stage", "append");
    private static readonly KeyValuePair<string, object?> ReplayTag = new("stage", "replay");
    private static readonly KeyValuePair<string, object?> AnswerTag = new("stage", "answer");

    public void Accepted(long bytes, int batches, long records)
    {
        _bytes.Add(bytes);
        _batches.Add(batches);
        _records.Add(records);
    }

    /// <param name="error">Kafka's name of the error.</param>
    public void Refused(string error) => _refused.Add(1, new KeyValuePair<string, object?>("error", error));

    public void Sealed(SealCause cause, long bytes, int extents, TimeSpan buffered)
    {
        _segments.Add(1, SealTags[(int)cause]);
        _segmentBytes.Record(bytes);
        _segmentExtents.Record(extents);
        _stages.Record(buffered.TotalSeconds, BufferedTag);
    }

    public void Uploaded(TimeSpan time) => _stages.Record(time.TotalSeconds, UploadTag);

    public void UploadFailed() => _failed.Add(1, UploadTag);

    public void Appended(TimeSpan time) => _stages.Record(time.TotalSeconds, AppendTag);

    public void AppendFailed() => _failed.Add(1, AppendTag);

    public void Replayed(TimeSpan time) => _stages.Record(time.TotalSeconds, ReplayTag);

    public void Answered(TimeSpan time) => _stages.Record(time.TotalSeconds, AnswerTag);

    /// <summary>Gauges over what waits to be stored.</summary>
    public void Observe(Func<long> bufferedBytes, Func<long> bufferLimitBytes, Func<int> uploadsInFlight)
    {
        meter.CreateObservableGauge("diskless.buffer", bufferedBytes, "By", "Bytes of batches that wait to be stored");
        meter.CreateObservableGauge("diskless.buffer.limit", bufferLimitBytes, "By", "Bytes of batches that may wait to be stored");
        meter.CreateObservableGauge("diskless.uploads.in_flight", uploadsInFlight, "{segment}", "Segments being uploaded");
    }
}
