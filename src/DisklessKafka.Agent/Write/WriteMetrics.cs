using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Write;

/// <summary>The stages of a produce's latency: buffered, upload, commit (append and replay).</summary>
public sealed class WriteMetrics
{
    private readonly Meter _meter;
    private readonly Histogram<double> _buffered;
    private readonly Histogram<double> _upload;
    private readonly Histogram<double> _commit;
    private readonly Counter<long> _segments;
    private readonly Counter<long> _segmentBytes;

    public WriteMetrics(Meter meter)
    {
        _meter = meter;
        _buffered = meter.CreateHistogram<double>("diskless.write.buffered", "s", "From a segment's first batch to its seal.");
        _upload = meter.CreateHistogram<double>("diskless.write.upload", "s", "A segment's PUT, repeats included.");
        _commit = meter.CreateHistogram<double>("diskless.write.commit", "s", "From handing a stored segment to the log until replay has decided its offsets.");
        _segments = meter.CreateCounter<long>("diskless.write.segments", "{segments}", "Segments stored.");
        _segmentBytes = meter.CreateCounter<long>("diskless.write.bytes", "By", "Bytes of segments stored.");
    }

    internal void ObserveBuffered(Func<long> bytes) =>
        _meter.CreateObservableGauge("diskless.write.unanswered", bytes, "By", "Bytes of batches taken in and not yet answered.");

    internal void Buffered(TimeSpan elapsed) => _buffered.Record(elapsed.TotalSeconds);

    internal void Uploaded(TimeSpan elapsed, long bytes)
    {
        _upload.Record(elapsed.TotalSeconds);
        _segments.Add(1);
        _segmentBytes.Add(bytes);
    }

    internal void Committed(TimeSpan elapsed) => _commit.Record(elapsed.TotalSeconds);
}
