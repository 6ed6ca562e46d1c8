using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Groups;

/// <summary>
/// What members may say at most: it goes into the metadata log and into every agent's memory. Kafka's bound is the size of a
/// record of its offsets topic, a megabyte; assignments of a whole group come in one piece and get more.
/// </summary>
internal static class GroupLimits
{
    private const int MaxProtocols = 1_000;
    private const long MaxMemberBytes = 1 << 20;
    private const long MaxAssignmentBytes = 8 << 20;

    public static bool Allows(JoinGroupRequest request) =>
        request.Protocols.Count <= MaxProtocols && request.Protocols.Sum(protocol => (long)protocol.Metadata.Length + protocol.Name.Length) <= MaxMemberBytes;

    public static bool Allows(SyncGroupRequest request) =>
        request.Assignments.Sum(assignment => (long)assignment.Assignment.Length + assignment.MemberId.Length) <= MaxAssignmentBytes;
}
