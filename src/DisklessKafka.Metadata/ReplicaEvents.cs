using Microsoft.Extensions.Logging;

namespace DisklessKafka.Metadata;

/// <summary>What a replica says to people. Event ids 2100 to 2199.</summary>
internal static partial class ReplicaEvents
{
    [LoggerMessage(2100, LogLevel.Information, "registered as node {NodeId} with session {Session}")]
    public static partial void Registered(ILogger logger, int nodeId, Guid session);

    [LoggerMessage(2101, LogLevel.Warning, "session {Session} of node {NodeId} has ended: what it had not committed is refused")]
    public static partial void SessionEnded(ILogger logger, int nodeId, Guid session);

    [LoggerMessage(2102, LogLevel.Warning, "the metadata log cannot be read, trying again")]
    public static partial void ReadFailed(ILogger logger, Exception exception);

    [LoggerMessage(2103, LogLevel.Critical, "the metadata replica stops; this agent must not serve any more")]
    public static partial void Stopped(ILogger logger, Exception reason);

    [LoggerMessage(2110, LogLevel.Information, "loaded the snapshot {Key}: version {Version}, {Extents} extents")]
    public static partial void SnapshotLoaded(ILogger logger, string key, long version, long extents);

    [LoggerMessage(2111, LogLevel.Error, "the snapshot {Key} cannot be used, trying the one before")]
    public static partial void SnapshotUnusable(ILogger logger, string key, Exception exception);

    [LoggerMessage(2112, LogLevel.Information, "wrote the snapshot {Key}: version {Version}, {SizeBytes} bytes")]
    public static partial void SnapshotWritten(ILogger logger, string key, long version, long sizeBytes);

    [LoggerMessage(2113, LogLevel.Warning, "writing a snapshot failed, trying again later")]
    public static partial void SnapshotFailed(ILogger logger, Exception exception);

    [LoggerMessage(2114, LogLevel.Warning, "the snapshot {Key} came damaged, reading it again")]
    public static partial void SnapshotDamaged(ILogger logger, string key, Exception exception);
}
