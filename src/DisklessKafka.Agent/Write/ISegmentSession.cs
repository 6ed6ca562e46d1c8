using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Write;

/// <summary>One session of this agent as the write path sees it: a segment is named, and later committed, in the session that was current at its seal.</summary>
public interface ISegmentSession
{
    /// <summary>A name that no segment had before. Ascending, as commits must be.</summary>
    SegmentName NextSegment();

    /// <summary>
    /// Hands the commit to the log before it returns its task, so that calls reach the log in their order. The task ends when replay
    /// has decided, however long the log is away.
    /// </summary>
    Task<AppendResult<CommitOutcome>> CommitAsync(CommitSegment commit);
}
