using DisklessKafka.Agent.Tests.Apis;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using Xunit;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>Row 38: what members say goes into the log and into every agent's memory, so it has bounds.</summary>
public sealed class HostileInputGroupTests : AdminTests
{
    [Theory]
    [InlineData(1, 2 << 20, 30_000, ErrorCode.InvalidRequest)] // two megabytes of metadata
    [InlineData(10_000, 1, 30_000, ErrorCode.InvalidRequest)]
    [InlineData(0, 0, 30_000, ErrorCode.InconsistentGroupProtocol)]
    [InlineData(1, 1, 0, ErrorCode.InvalidSessionTimeout)]
    [InlineData(1, 1, int.MaxValue, ErrorCode.InvalidSessionTimeout)]
    public async Task Row38_a_join_that_says_too_much_or_nothing_is_refused_and_makes_no_group(int protocols, int metadataBytes, int sessionMs, ErrorCode expected)
    {
        var response = await Client.SendAsync(new JoinGroupRequest
        {
            GroupId = new GroupId("g"), ProtocolType = "consumer", SessionTimeoutMs = sessionMs, RebalanceTimeoutMs = 60_000,
            Protocols = [.. Enumerable.Range(0, protocols).Select(i => new JoinGroupRequest.JoinGroupRequestProtocol { Name = "p" + i, Metadata = new byte[metadataBytes] })],
        });
        Assert.Equal(expected, response.ErrorCode);
        Assert.Empty((await Client.SendAsync(new ListGroupsRequest())).Groups);
    }

    [Fact]
    public async Task Row38_an_assignment_of_many_megabytes_is_refused()
    {
        var response = await Client.SendAsync(new SyncGroupRequest
        {
            GroupId = new GroupId("g"), MemberId = "m", GenerationId = 1, Assignments = [new() { MemberId = "m", Assignment = new byte[9 << 20] }],
        });
        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
    }

    [Fact]
    public async Task Row38_a_member_that_never_was_is_told_so_by_every_request()
    {
        var (group, member) = (new GroupId("g"), "nobody");
        Assert.Equal(ErrorCode.UnknownMemberId, (await Client.SendAsync(new SyncGroupRequest { GroupId = group, MemberId = member, GenerationId = 1 })).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (await Client.SendAsync(new HeartbeatRequest { GroupId = group, MemberId = member, GenerationId = 1 })).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (await Client.SendAsync(new LeaveGroupRequest { GroupId = group, Members = [new() { MemberId = member }] })).Members[0].ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await Client.SendAsync(new HeartbeatRequest { MemberId = member })).ErrorCode);
    }
}
