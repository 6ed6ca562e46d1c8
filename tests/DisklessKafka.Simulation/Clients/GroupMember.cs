using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// A member of a classic group: joins, is given partitions or shares them out, fetches what was committed of them, and goes
/// on committing a little more each time, until it is told to join again. At times it leaves, or falls silent.
/// </summary>
internal sealed class GroupMember(ClientContext client, string group, string topic, int partitions)
{
    private const int SessionTimeoutMs = 12_000;
    private const string ProtocolType = "consumer", Protocol = "simulated";

    private string _memberId = "";
    private int _generation = -1;

    public async Task RunAsync()
    {
        while (!client.IsStopping)
        {
            if (await JoinAsync() is not { } joined || await SyncAsync(joined) is not { } owned)
            {
                client.Disconnect();
                await client.Pause(100, 1_500);
                continue;
            }

            Own(owned);
            await WorkAsync(owned);
        }
    }

    private async Task<JoinGroupResponse?> JoinAsync()
    {
        var request = new JoinGroupRequest
        {
            GroupId = new GroupId(group), SessionTimeoutMs = SessionTimeoutMs, RebalanceTimeoutMs = 15_000, MemberId = _memberId, ProtocolType = ProtocolType,
            Protocols = [new() { Name = Protocol, Metadata = Array.Empty<byte>() }],
        };
        var answer = await client.AskAsync(request, 7, TimeSpan.FromSeconds(20));
        client.Log.Write(client.Name, $"joins as '{_memberId}': {(answer is null ? "no answer" : $"{answer.ErrorCode}, generation {answer.GenerationId}, leader {answer.Leader}")}");
        switch (answer?.ErrorCode)
        {
            case ErrorCode.None:
                (_memberId, _generation) = (answer.MemberId, answer.GenerationId);
                return answer;
            case ErrorCode.MemberIdRequired:
                _memberId = answer.MemberId;
                break;
            case ErrorCode.UnknownMemberId:
                _memberId = "";
                break;
        }

        return null;
    }

    /// <summary>Partitions in rows: the one after the other to the next member.</summary>
    private async Task<int[]?> SyncAsync(JoinGroupResponse joined)
    {
        var request = new SyncGroupRequest { GroupId = new GroupId(group), GenerationId = _generation, MemberId = _memberId };
        for (var i = 0; i < joined.Members.Count; i++)
        {
            byte[] share = [.. Enumerable.Range(0, partitions).Where(partition => partition % joined.Members.Count == i).Select(partition => (byte)partition)];
            request.Assignments.Add(new() { MemberId = joined.Members[i].MemberId, Assignment = share });
        }

        var answer = await client.AskAsync(request, 3, TimeSpan.FromSeconds(20));
        client.Log.Write(client.Name, $"syncs generation {_generation}: {(answer is null ? "no answer" : answer.ErrorCode.ToString())}");
        if (answer is { ErrorCode: ErrorCode.UnknownMemberId }) _memberId = "";
        return answer is { ErrorCode: ErrorCode.None } ? [.. answer.Assignment.ToArray().Select(partition => (int)partition)] : null;
    }

    private void Own(int[] owned)
    {
        var assignment = new Assignment
        {
            Client = client.Number, Invoked = client.Now, Group = group, Member = _memberId, Generation = _generation,
            Partitions = [.. owned.Select(partition => new PartitionName(topic, partition))],
        };
        assignment.Complete(Outcome.Succeeded, client.Now);
        client.History.Add(assignment);
    }

    private async Task WorkAsync(int[] owned)
    {
        var positions = new Dictionary<int, long>();
        while (!client.IsStopping)
        {
            await client.Pause(500, 3_000);
            if (!await HeartbeatAsync()) return;
            if (client.Cluster.IsHealed) Own(owned); // still: that is all which a member without partitions has to show for itself
            foreach (var partition in owned)
            {
                if (!positions.TryGetValue(partition, out var position))
                {
                    if (await CommittedOffset.FetchAsync(client, group, new PartitionName(topic, partition), isStable: false) is not { } committed) return;
                    position = Math.Max(0, committed);
                }

                positions[partition] = position + 1;
                if (!await CommitAsync(partition, position + 1)) return;
            }

            if (!client.Cluster.IsHealed && client.Random.Next(60) == 0)
            {
                await LeaveAsync();
                return;
            }
        }
    }

    private async Task<bool> HeartbeatAsync()
    {
        var answer = await client.AskAsync(new HeartbeatRequest { GroupId = new GroupId(group), GenerationId = _generation, MemberId = _memberId }, 3);
        return IsFine(answer?.ErrorCode, "heartbeat");
    }

    private async Task<bool> CommitAsync(int partition, long offset)
    {
        var commit = new OffsetCommit { Client = client.Number, Invoked = client.Now, Group = group, Partition = new PartitionName(topic, partition), Offset = offset };
        client.History.Add(commit);
        var answer = await client.AskAsync(
            new OffsetCommitRequest
            {
                GroupId = new GroupId(group), GenerationIdOrMemberEpoch = _generation, MemberId = _memberId,
                Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset }] }],
            },
            8);
        var error = answer?.Topics[0].Partitions[0].ErrorCode;
        commit.Complete(
            error switch
            {
                ErrorCode.None => Outcome.Succeeded,
                ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress => Outcome.Failed,
                _ => Outcome.Unknown,
            },
            client.Now);
        return IsFine(error, $"commit of {offset} of {topic}-{partition}");
    }

    private async Task LeaveAsync()
    {
        var answer = await client.AskAsync(new LeaveGroupRequest { GroupId = new GroupId(group), Members = [new() { MemberId = _memberId }] }, 3);
        client.Log.Write(client.Name, $"leaves: {(answer is null ? "no answer" : answer.ErrorCode.ToString())}");
        _memberId = "";
        await client.Pause(1_000, 20_000);
    }

    /// <summary>False where the member must join again, or ask another agent first.</summary>
    private bool IsFine(ErrorCode? error, string what)
    {
        if (error == ErrorCode.None) return true;
        client.Log.Write(client.Name, $"{what}: {(error is null ? "no answer" : error.ToString())}");
        if (error == ErrorCode.UnknownMemberId) _memberId = "";
        return false;
    }
}
