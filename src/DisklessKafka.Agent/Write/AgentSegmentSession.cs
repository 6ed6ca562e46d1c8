using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Storage.Segments;

namespace DisklessKafka.Agent.Write;

/// <summary>The session in the metadata log.</summary>
public sealed class AgentSegmentSession(AgentSession session) : ISegmentSession
{
    private long _lastSequence = -1;

    public SegmentName NextSegment()
    {
        var sequence = Interlocked.Increment(ref _lastSequence);
        return new SegmentName(new SegmentRef(session.Ordinal, sequence), new SegmentId(session.Id, sequence));
    }

    public Task<AppendResult<CommitOutcome>> CommitAsync(CommitSegment commit) =>
        session.AppendAsync(Command.Of(commit), CancellationToken.None).AsTask(); // queued before the first await
}
