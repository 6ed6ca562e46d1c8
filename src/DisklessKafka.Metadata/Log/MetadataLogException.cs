namespace DisklessKafka.Metadata.Log;

/// <summary>A metadata-log call failed and, unless it is an <see cref="AppendInDoubtException"/>, had no effect.</summary>
public class MetadataLogException(string message, bool isTransient, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True where the same call may succeed later.</summary>
    public bool IsTransient { get; } = isTransient;
}

/// <summary>The append may or may not have happened. Repeat it with the same (session, sequence).</summary>
public sealed class AppendInDoubtException(string message, Exception? inner = null) : MetadataLogException(message, isTransient: true, inner);

/// <summary>The log no longer holds an entry that was read from it before: it was restored or failed over and lost acknowledged entries.</summary>
public sealed class LogRewoundException(string message) : MetadataLogException(message, isTransient: false);

/// <summary>The entries after the cursor have been trimmed; start from a newer snapshot.</summary>
public sealed class LogTrimmedException(string message) : MetadataLogException(message, isTransient: false);
