namespace DisklessKafka.Metadata;

/// <summary>The replica has stopped and will not apply another entry; the inner exception says why. The agent must not go on serving from it.</summary>
public sealed class ReplicaStoppedException(Exception reason) : Exception($"the metadata replica has stopped: {reason.Message}", reason);

/// <summary>Another replica came to another state from the same log.</summary>
public sealed class StateDivergedException(long version)
    : Exception($"this agent's state at version {version} differs from another agent's: one of the two must not be trusted, so this one stops. Restart it; if it happens again, restore from the last good snapshot and report a bug");
