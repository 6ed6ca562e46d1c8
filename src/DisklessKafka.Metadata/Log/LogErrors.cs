namespace DisklessKafka.Metadata.Log;

/// <summary>What all logs say in the same words.</summary>
internal static class LogErrors
{
    public static LogTrimmedException Trimmed(LogCursor after, LogCursor trimmed) =>
        new($"the metadata log is trimmed through {trimmed}, entries after {after} are no longer all there: start from a newer snapshot");

    public static LogRewoundException Rewound(LogCursor after) =>
        new($"the metadata log no longer holds entry {after} that was read from it before: it was restored or failed over and lost acknowledged entries");

    public static LogRewoundException LostOwn(Guid session, long sequence) =>
        new($"the metadata log no longer holds entry {sequence} of session {session:N}, which it had taken: it was restored or failed over and lost acknowledged entries");

    public static MetadataLogException OtherPayload(Guid session, long sequence) =>
        new($"session {session:N} has already appended an entry {sequence} with another content", isTransient: false);
}
