using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// A member of a consumer group (KIP-848), one life after the other: it believes what heartbeats tell it and nothing else,
/// gives up what it is told to before it says so, and reads on from what was committed. Lives end by leaving, by leaving for
/// a while (a static member), or without a word.
/// </summary>
internal sealed class ConsumerMember(ClientContext client, Claims claims, string group, string topic, TopicId topicId)
{
    private const int JoinEpoch = 0, LeaveEpoch = -1, AwayEpoch = -2;
    private const int RebalanceTimeoutMs = 15_000;

    private readonly string? _instance = client.Random.Next(3) == 0 ? $"instance-{client.Name}" : null;
    private readonly SortedDictionary<int, OwnedPartition> _owned = [];
    private int _lives;
    private string _memberId = "";
    private int _epoch;
    private bool _tellsAll = true;
    private bool _tellsOwned;

    public async Task RunAsync()
    {
        while (!client.IsStopping)
        {
            _memberId = $"{client.Name}.{++_lives}";
            Forget();
            await LiveAsync();
            Forget();
            if (!client.IsStopping) await client.Pause(1_000, 30_000);
        }
    }

    private async Task LiveAsync()
    {
        while (!client.IsStopping)
        {
            var interval = await BeatAsync();
            if (_epoch == JoinEpoch || interval is null)
            {
                client.Disconnect();
                await client.Pause(100, 1_500);
                continue;
            }

            var next = client.Now + (interval.Value * 1_000);
            while (!_tellsOwned && !client.IsStopping && client.Now < next && await WorkAsync()) await client.Pause(200, 2_000);
            if (client.Cluster.IsHealed || client.Random.Next(60) > 0) continue;
            if (client.Random.Next(2) == 0) await GoAsync();
            else client.Log.Write(client.Name, $"{_memberId} falls silent");
            return;
        }
    }

    /// <returns>After how many milliseconds the next one is wanted; null if this one was not taken.</returns>
    private async Task<int?> BeatAsync()
    {
        var asked = client.Now;
        var request = new ConsumerGroupHeartbeatRequest { GroupId = new GroupId(group), MemberId = _memberId, MemberEpoch = _epoch, InstanceId = _instance, RebalanceTimeoutMs = -1 };
        if (_tellsAll) (request.RebalanceTimeoutMs, request.SubscribedTopicNames) = (RebalanceTimeoutMs, [new TopicName(topic)]);
        if (_tellsAll || _tellsOwned) request.TopicPartitions = _owned.Count == 0 ? [] : [new() { TopicId = topicId, Partitions = [.. _owned.Keys] }];
        (_tellsAll, _tellsOwned) = (true, false); // until the answer says that it was heard
        var answer = await client.AskAsync(request, 1);
        if (answer is not { ErrorCode: ErrorCode.None })
        {
            Refuse(answer?.ErrorCode, "heartbeat");
            return null;
        }

        _tellsAll = false;
        if (answer.MemberEpoch != _epoch) client.Log.Write(client.Name, $"{_memberId} comes from epoch {_epoch} to {answer.MemberEpoch}");
        _epoch = answer.MemberEpoch;
        if (answer.Assignment is { } assignment) await ReconcileAsync([.. assignment.TopicPartitions.Where(told => told.TopicId == topicId).SelectMany(told => told.Partitions)], asked);
        if (answer.Assignment is not null || client.Cluster.IsHealed) NoteOwned(asked); // a member without partitions has nothing else to show for itself
        return answer.HeartbeatIntervalMs;
    }

    /// <summary>What it is to give up it reads no more, though it may take its time to say so.</summary>
    private async Task ReconcileAsync(HashSet<int> told, long asked)
    {
        int[] lost = [.. _owned.Keys.Where(partition => !told.Contains(partition))];
        var now = client.Now;
        foreach (var partition in told.Order())
        {
            if (_owned.ContainsKey(partition)) continue;
            var claim = new Claim(_memberId, new PartitionName(topic, partition), asked, now);
            claims.Add(claim);
            _owned.Add(partition, new OwnedPartition(client, claims, claim, group, topicId));
            _tellsOwned = true;
        }

        if (lost.Length == 0) return;
        client.Log.Write(client.Name, $"{_memberId} gives up {string.Join(", ", lost)}");
        if (client.Random.Next(2) == 0) await client.Pause(0, client.Random.Next(10) == 0 ? RebalanceTimeoutMs * 2 : 3_000);
        foreach (var partition in lost)
        {
            if (!await _owned[partition].CommitAsync(_memberId, _epoch)) client.Log.Write(client.Name, $"{_memberId} gives up {partition} without a commit");
            _owned.Remove(partition);
        }

        _tellsOwned = true;
    }

    private async Task<bool> WorkAsync()
    {
        foreach (var owned in _owned.Values)
        {
            if (await owned.ReadOnAsync(_memberId, _epoch) is var error && error == ErrorCode.None) continue;
            Refuse(error, $"{owned.Partition}");
            return false;
        }

        return true;
    }

    /// <summary>Leaves, or says that its instance will be back.</summary>
    private async Task GoAsync()
    {
        var epoch = _instance is not null && client.Random.Next(3) > 0 ? AwayEpoch : LeaveEpoch;
        var answer = await client.AskAsync(new ConsumerGroupHeartbeatRequest { GroupId = new GroupId(group), MemberId = _memberId, MemberEpoch = epoch, InstanceId = _instance }, 1);
        client.Log.Write(client.Name, $"{_memberId} leaves ({epoch}): {(answer is null ? "no answer" : answer.ErrorCode.ToString())}");
    }

    /// <summary>Who is fenced owns nothing any more, and joins again.</summary>
    private void Refuse(ErrorCode? error, string what)
    {
        client.Log.Write(client.Name, $"{_memberId} in epoch {_epoch}, {what}: {(error is null ? "no answer" : error.ToString())}");
        _tellsAll = true; // an answer may have been lost
        switch (error)
        {
            case ErrorCode.FencedMemberEpoch or ErrorCode.UnknownMemberId or ErrorCode.UnreleasedInstanceId:
                Forget();
                break;
            case ErrorCode.FencedInstanceId:
                Forget();
                _memberId = $"{client.Name}.{++_lives}";
                break;
            case null or ErrorCode.StaleMemberEpoch or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator or ErrorCode.RequestTimedOut or ErrorCode.UnstableOffsetCommit:
            case ErrorCode.KafkaStorageError or ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition:
                break;
            default:
                if (!client.Cluster.MayHaveLost) client.Log.Broken($"{client.Name} as {_memberId} in epoch {_epoch} was told {error} ({what})");
                Forget();
                break;
        }
    }

    private void Forget()
    {
        _owned.Clear();
        (_epoch, _tellsAll, _tellsOwned) = (JoinEpoch, true, false);
    }

    /// <summary>By the name that outlives it: a static member's next life takes over what it had, in the same epoch.</summary>
    private void NoteOwned(long asked)
    {
        var assignment = new Assignment
        {
            Client = client.Number, Invoked = asked, Group = group, Member = _instance ?? _memberId, Generation = _epoch,
            Partitions = [.. _owned.Keys.Select(partition => new PartitionName(topic, partition))],
        };
        assignment.Complete(Outcome.Succeeded, client.Now);
        client.History.Add(assignment);
    }
}
