using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>A partition while a member owns it: read from what the group has committed, and committed as far as it was read.</summary>
internal sealed class OwnedPartition(ClientContext client, Claims claims, Claim claim, string group, TopicId topic)
{
    private readonly long _reader = client.Cluster.NextReader();
    private long? _position;
    private long _committed;

    public PartitionName Partition => claim.Partition;

    public async Task<ErrorCode?> ReadOnAsync(string member, int epoch)
    {
        if (_position is null && await FetchOffsetAsync(member, epoch) is var fetched && fetched != ErrorCode.None) return fetched;
        if (await PollAsync(_position!.Value) is var polled && polled != ErrorCode.None) return polled;
        return await TryCommitAsync(member, epoch);
    }

    /// <summary>The last that it does before it gives the partition up.</summary>
    public async Task<bool> CommitAsync(string member, int epoch) => await TryCommitAsync(member, epoch) == ErrorCode.None;

    private async Task<ErrorCode?> FetchOffsetAsync(string member, int epoch)
    {
        var invoked = client.Now;
        var answer = await client.AskAsync(
            new OffsetFetchRequest { Groups = [new() { GroupId = new GroupId(group), MemberId = member, MemberEpoch = epoch, Topics = [new() { Name = new TopicName(Partition.Topic), PartitionIndexes = [Partition.Partition] }] }] },
            9);
        if (answer?.Groups[0] is not { ErrorCode: ErrorCode.None } found) return answer?.Groups[0].ErrorCode;
        var told = found.Topics[0].Partitions[0];
        if (told.ErrorCode != ErrorCode.None) return told.ErrorCode;
        var fetch = new OffsetFetch { Client = client.Number, Invoked = invoked, Group = group, Partition = Partition, Offset = told.CommittedOffset < 0 ? null : told.CommittedOffset };
        fetch.Complete(Outcome.Succeeded, client.Now);
        client.History.Add(fetch);
        client.Log.Write(client.Name, $"{member} goes on at {told.CommittedOffset} of {Partition}");
        _position = _committed = Math.Max(0, told.CommittedOffset);
        return ErrorCode.None;
    }

    private async Task<ErrorCode?> PollAsync(long position)
    {
        var invoked = client.Now;
        var answer = await client.AskAsync(
            new FetchRequest
            {
                MaxWaitMs = 200, MinBytes = 1, MaxBytes = 64 << 10,
                Topics = [new() { TopicId = topic, Partitions = [new() { Partition = Partition.Partition, FetchOffset = position, PartitionMaxBytes = 16 << 10 }] }],
            },
            13);
        if (answer is not { ErrorCode: ErrorCode.None }) return answer?.ErrorCode;
        if (answer.Responses.SelectMany(found => found.Partitions).FirstOrDefault() is not { } found) return ErrorCode.None;
        if (found.ErrorCode != ErrorCode.None) return found.ErrorCode;
        var records = new List<SeenRecord>();
        if (!RecordDecoder.TryDecode(found.Records.Sequence, position, found.AbortedTransactions, records, out var next))
        {
            client.Log.Broken($"{client.Name} was served damaged bytes of {Partition} at {position} by {client.ConnectedTo}");
            return ErrorCode.KafkaStorageError;
        }

        if (next == position) return ErrorCode.None;
        var poll = new Poll { Client = client.Number, Invoked = invoked, Reader = _reader, Partition = Partition, Position = position, NextPosition = next, Records = records };
        poll.Complete(Outcome.Succeeded, client.Now);
        client.History.Add(poll);
        _position = next;
        return ErrorCode.None;
    }

    private async Task<ErrorCode?> TryCommitAsync(string member, int epoch)
    {
        if (_position is not { } position || position == _committed) return ErrorCode.None;
        var successor = claims.FindSuccessor(claim, before: client.Now);
        var commit = new OffsetCommit { Client = client.Number, Invoked = client.Now, Group = group, Partition = Partition, Offset = position };
        client.History.Add(commit);
        var answer = await client.AskAsync(
            new OffsetCommitRequest
            {
                GroupId = new GroupId(group), GenerationIdOrMemberEpoch = epoch, MemberId = member,
                Topics = [new() { Name = new TopicName(Partition.Topic), Partitions = [new() { PartitionIndex = Partition.Partition, CommittedOffset = position }] }],
            },
            9);
        var error = answer?.Topics[0].Partitions[0].ErrorCode;
        var outcome = error switch
        {
            ErrorCode.None => Outcome.Succeeded,
            ErrorCode.UnknownMemberId or ErrorCode.StaleMemberEpoch or ErrorCode.FencedMemberEpoch or ErrorCode.FencedInstanceId => Outcome.Failed,
            _ => Outcome.Unknown,
        };
        commit.Complete(outcome, client.Now);
        client.Log.Write(client.Name, $"{member} in epoch {epoch} commits {position} of {Partition}: {(error is null ? "no answer" : error.ToString())}");
        if (error == ErrorCode.None) _committed = position;
        if (error == ErrorCode.None && successor is not null && !client.Cluster.MayHaveLost)
            client.Log.Broken($"{Partition} of {group} has two owners: {member} in epoch {epoch} committed {position} after {successor.Member} had been given it");
        return error;
    }
}
