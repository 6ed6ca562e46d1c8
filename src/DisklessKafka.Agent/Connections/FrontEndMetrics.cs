using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Connections;

/// <summary>Instruments of connections and requests, in the agent's meter.</summary>
internal sealed class FrontEndMetrics
{
    private static readonly KeyValuePair<string, object?>[] ReasonTags =
        [.. Enum.GetValues<CloseReason>().Select(reason => new KeyValuePair<string, object?>("reason", reason.ToString()))];

    private readonly Counter<long> _opened;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _requestBytes;
    private readonly Counter<long> _replyBytes;
    private readonly UpDownCounter<long> _inFlight;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _added;

    /// <summary>Finer than those of whole requests: here every millisecond is ours.</summary>
    private static readonly InstrumentAdvice<double> AddedBounds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 1],
    };

    public FrontEndMetrics(Meter meter)
    {
        _opened = meter.CreateCounter<long>("diskless.connections.opened", "{connection}", "Connections accepted");
        _closed = meter.CreateCounter<long>("diskless.connections.closed", "{connection}", "Connections ended, by reason");
        _requests = meter.CreateCounter<long>("diskless.requests", "{request}", "Requests answered or dropped, by API");
        _failures = meter.CreateCounter<long>("diskless.requests.failed", "{request}", "Requests whose handler threw, by API");
        _requestBytes = meter.CreateCounter<long>("diskless.requests.bytes", "By", "Bytes of request frames, by API");
        _replyBytes = meter.CreateCounter<long>("diskless.replies.bytes", "By", "Bytes of answers, by API");
        _inFlight = meter.CreateUpDownCounter<long>("diskless.requests.in_flight", "{request}", "Requests read and not yet answered");
        _duration = meter.CreateHistogram<double>("diskless.request.duration", "s", "From decoded to answered, waiting for earlier answers included, by API");
        _added = meter.CreateHistogram("diskless.request.added", "s", "Of a produce's duration, what is left without its wait for the flush, the PUT and the log", advice: AddedBounds);
    }

    /// <summary>Gauges over what the connections share.</summary>
    public static void Observe(Meter meter, FrontEnd shared, Func<long> blockBytes)
    {
        meter.CreateObservableGauge("diskless.connections.open", () => (long)shared.Connections.Count, "{connection}", "Open connections");
        meter.CreateObservableGauge("diskless.requests.memory", () => shared.RequestMemory.HeldBytes, "By", "Request bytes held");
        meter.CreateObservableGauge("diskless.requests.memory.limit", () => shared.RequestMemory.CapacityBytes, "By", "Request bytes that may be held");
        meter.CreateObservableGauge("diskless.requests.memory.waiting", () => (long)shared.RequestMemory.Waiting, "{frame}", "Frames that wait for request memory");
        meter.CreateObservableGauge("diskless.replies.memory", () => shared.ReplyMemory.HeldBytes, "By", "Bytes of large answers not yet sent");
        meter.CreateObservableGauge("diskless.sockets.blocks", blockBytes, "By", "Bytes of socket blocks in use");
    }

    public void ConnectionOpened() => _opened.Add(1);

    public void ConnectionClosed(CloseReason reason) => _closed.Add(1, ReasonTags[(int)reason]);

    public void RequestBegan(PendingReply reply)
    {
        _inFlight.Add(1);
        _requestBytes.Add(reply.Context.FrameBytes, reply.Endpoint.Tag);
    }

    public void RequestFailed(PendingReply reply) => _failures.Add(1, reply.Endpoint.Tag);

    public void ReplyWritten(PendingReply reply, long bytes) => _replyBytes.Add(bytes, reply.Endpoint.Tag);

    public void RequestEnded(PendingReply reply, TimeSpan elapsed)
    {
        _inFlight.Add(-1);
        _requests.Add(1, reply.Endpoint.Tag);
        _duration.Record(elapsed.TotalSeconds, reply.Endpoint.Tag);
        if (reply.Context.WaitByDesign is { } wait) _added.Record((elapsed - wait).TotalSeconds);
    }
}
