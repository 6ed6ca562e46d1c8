using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load.Groups;

/// <param name="Group">Which it is in.</param>
/// <param name="Id">As the broker gave it.</param>
internal sealed record CrowdMember(GroupId Group, string Id, int Generation);

/// <summary>Many members behind few connections: their joins and syncs are sent without waiting for one another's answers.</summary>
internal static class MemberCrowd
{
    private const short JoinVersion = 3, SyncVersion = 3; // 3: the newest with which a member joins with one request
    public const int InFlight = 1_000;                    // the agent stops reading a connection at 1,024

    /// <summary>Whole groups at a time.</summary>
    public static async Task<List<CrowdMember>> JoinAsync(string bootstrap, string topic, IEnumerable<GroupId> groups, int membersOfAGroup)
    {
        await using var client = await Topics.ConnectAsync(bootstrap);
        var members = new List<CrowdMember>();
        foreach (var some in groups.Chunk(Math.Max(1, InFlight / membersOfAGroup)))
        {
            var subscription = ClassicMember.Subscription(topic, 0);
            var joins = await Task.WhenAll(some.SelectMany(group => Enumerable.Range(0, membersOfAGroup).Select(async _ =>
                (Group: group, Answer: await client.SendAsync(ClassicMember.JoinOf(group, subscription), JoinVersion)))));
            foreach (var (_, answer) in joins) ClassicMember.Check(answer.ErrorCode, "JoinGroup");
            var leadersFirst = joins.OrderByDescending(join => join.Answer.Leader == join.Answer.MemberId); // else the others' answers, which wait for it, stand before it
            await Task.WhenAll(leadersFirst.Select(async join =>
            {
                var answer = await client.SendAsync(
                    new SyncGroupRequest
                    {
                        GroupId = join.Group, MemberId = join.Answer.MemberId, GenerationId = join.Answer.GenerationId,
                        Assignments = join.Answer.Members.ConvertAll(member => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = member.MemberId, Assignment = [0, 0] }),
                    }, SyncVersion);
                ClassicMember.Check(answer.ErrorCode, "SyncGroup");
            }));
            members.AddRange(joins.Select(join => new CrowdMember(join.Group, join.Answer.MemberId, join.Answer.GenerationId)));
        }

        return members;
    }
}
