using System.Buffers;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// From a frame to a running handler, without a copy and on the reading loop's stack. Kafka's rules of refusal: an
/// unknown API or version closes the connection, except ApiVersions, where every version gets an answer that old and new
/// clients can decode; whatever does not decode closes it too.
/// </summary>
internal sealed class RequestDispatcher(ApiRegistry registry, TimeProvider time)
{
    /// <returns><see cref="CloseReason.None"/> with a reply, or why the connection must be closed.</returns>
    /// <exception cref="WireFormatException">The header or the body does not decode.</exception>
    public CloseReason Dispatch(in ReadOnlySequence<byte> frame, ConnectionFacts connection, CancellationToken aborted, out PendingReply? reply)
    {
        reply = null;
        var reader = new WireReader(frame);
        var key = (ApiKey)reader.ReadInt16();
        var version = reader.ReadInt16();
        var correlationId = reader.ReadInt32();
        var receivedAt = time.GetTimestamp();

        if (registry.Find(key) is not { } endpoint) return CloseReason.UnsupportedApi;
        if (!endpoint.Versions.Contains(version))
        {
            if (key != ApiKey.ApiVersions) return CloseReason.UnsupportedApi;
            // Nothing of the rest is looked at: how a future version encodes it, header included, cannot be known.
            reply = registry.RefuseVersion(new RequestContext
            {
                ApiKey = key, ApiVersion = version, CorrelationId = correlationId, Connection = connection,
                Aborted = aborted, ReceivedAt = receivedAt, FrameBytes = (int)frame.Length,
            });
            return CloseReason.None;
        }

        var clientId = reader.ReadNullableString(flexible: false) ?? "";
        if (endpoint.Info.IsFlexible(version)) reader.SkipTags();
        reply = endpoint.Invoke(ref reader, new RequestContext
        {
            ApiKey = key, ApiVersion = version, CorrelationId = correlationId, ClientId = clientId, Connection = connection,
            Aborted = aborted, ReceivedAt = receivedAt, FrameBytes = (int)frame.Length,
        });
        reply.KeptBytes = reader.MemoryTaken + reply.Context.KeptBytes;
        return CloseReason.None;
    }
}
