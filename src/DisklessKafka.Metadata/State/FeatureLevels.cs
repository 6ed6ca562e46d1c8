namespace DisklessKafka.Metadata.State;

/// <summary>
/// What may be in the log. An agent appends only what the cluster's level includes and refuses a level it does not
/// know, so agents of two versions can run side by side until someone raises the level.
/// </summary>
public static class FeatureLevels
{
    /// <summary>Of a cluster that nobody has raised yet.</summary>
    public const short Initial = 1;

    /// <summary>The newest level that this software understands.</summary>
    public const short Newest = 1;
}

/// <summary>The log or a snapshot was written at a level that this software does not know: it needs a newer version.</summary>
public sealed class UnknownFeatureLevelException(int level)
    : Exception($"the cluster's metadata is at feature level {level}, this agent does not know that one; run a newer version")
{
    public int Level { get; } = level;
}

/// <summary>An entry or a snapshot cannot be what an agent wrote. Nothing can safely follow it.</summary>
public sealed class CorruptStateException(string message, Exception? inner = null) : Exception(message, inner);
