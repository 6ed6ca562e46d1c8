namespace DisklessKafka.Metadata.State;

/// <summary>The number of a command in an entry. Numbers are never reused.</summary>
public enum CommandType
{
    RegisterAgent = 1,
    KeepAlive = 2,
    EndSession = 3,
    CommitSegment = 4,
    CreateTopics = 5,
    DeleteTopic = 6,
    CreatePartitions = 7,
    AlterConfigs = 8,
    DeleteRecords = 9,
    ForgetSegments = 10,
    AllocateProducerIds = 11,
    InitProducerId = 12,
    RaiseFeatureLevel = 13,
    StateHash = 14,
    SnapshotTaken = 15,
    ClaimJob = 16,
    ReleaseJob = 17,
    JoinGroup = 30,
    SyncGroup = 31,
    LeaveGroup = 32,
    ExpireMember = 33,
    MoveMember = 34,
    DeleteGroup = 35,
    CommitOffsets = 40,
    DeleteOffsets = 41,
}
