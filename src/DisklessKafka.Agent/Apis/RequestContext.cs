using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Apis;

/// <summary>One request beside its body: how it came in, and what shall happen once it is answered.</summary>
public sealed class RequestContext
{
    private List<IDisposable>? _leases;

    public ApiKey ApiKey { get; init; }

    public short ApiVersion { get; init; }

    public int CorrelationId { get; init; }

    /// <summary>Never null: a client that sends none is "".</summary>
    public string ClientId { get; init; } = "";

    public ConnectionFacts Connection { get; init; } = new();

    /// <summary>Cancelled when the client has gone, half a connection included: nobody waits for the answer any more.</summary>
    public CancellationToken Aborted { get; init; }

    /// <summary>When the request was decoded, as <see cref="TimeProvider.GetTimestamp"/> counts.</summary>
    public long ReceivedAt { get; init; }

    /// <summary>Bytes of the frame, length prefix excluded.</summary>
    public int FrameBytes { get; init; }

    /// <summary>True once a handler has asked that the connection end after this request's answer.</summary>
    public bool ClosesConnection { get; private set; }

    /// <summary>Ends the connection after this request's answer, or in its stead if the handler returns null. Answers to later requests are dropped.</summary>
    public void CloseConnection() => ClosesConnection = true;

    /// <summary>Disposes the lease once the answer is written to the socket's pipe, or dropped. For memory that the answer's records lie in.</summary>
    public void DisposeAfterReply(IDisposable lease) => (_leases ??= []).Add(lease);

    /// <summary>Bytes of the request that live on elsewhere until it is answered, and so go on counting against the request memory.</summary>
    public long KeptBytes { get; set; }

    /// <summary>What the answer had to wait for by design, if the handler knows: the rest of the request's time is what the agent adds.</summary>
    public TimeSpan? WaitByDesign { get; set; }

    internal void DisposeLeases()
    {
        if (_leases is null) return;
        foreach (var lease in _leases) lease.Dispose();
        _leases = null;
    }
}
