namespace DisklessKafka.Metadata.State.Groups.Offsets;

/// <summary>How far a group has come in one partition.</summary>
/// <param name="Offset">The next one to be read.</param>
/// <param name="LeaderEpoch">Of the last record read, as the client said; -1 if it did not.</param>
/// <param name="Metadata">The client's own.</param>
/// <param name="CommittedMs">Log time.</param>
public readonly record struct CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommittedMs);
