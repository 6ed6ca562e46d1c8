using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Simulation.Clients;

/// <summary>
/// One process that uses a transactional id: initialises it, then runs transactions over several partitions, at times with a
/// group's offsets, and commits or aborts them. It repeats each call until it is answered, as clients do.
/// </summary>
internal sealed class TransactionalInstance(
    ClientContext client, string topic, TopicId topicId, int partitions, string id, TransactionFlow flow, int timeoutMs)
{
    /// <summary>A time-out that cannot run out while a transaction is open: who is fenced then was fenced without cause.</summary>
    private const int NeverMs = 900_000;

    private const int MaxCommits = 10; // in one transaction; no offset is committed twice, so that each tells which commit it was

    private readonly TransactionalId _id = new(id);
    private readonly string _group = $"group-of-{id}";
    private readonly int[] _sequences = new int[partitions];
    private readonly HashSet<int> _added = []; // partitions that are part of the open transaction
    private readonly BatchDelivery _delivery = new(client, topicId, id, flow.Produce);
    private long _producerId = -1;
    private short _epoch = -1;
    private bool _hasGroup;
    private int _commits;

    /// <summary>The transaction that was open when it crashed.</summary>
    public Transaction? Crashed { get; private set; }

    /// <summary>Takes the transactional id from whoever had it.</summary>
    public async Task<bool> InitAsync()
    {
        var answer = await client.AskAsync(
            new InitProducerIdRequest { TransactionalId = _id, TransactionTimeoutMs = timeoutMs, ProducerId = new ProducerId(-1), ProducerEpoch = -1 }, 4);
        client.Log.Write(client.Name, $"begins as {id}: {(answer is null ? "no answer" : answer.ErrorCode == ErrorCode.None ? $"producer {answer.ProducerId.Value} epoch {answer.ProducerEpoch}" : answer.ErrorCode.ToString())}");
        if (answer is not { ErrorCode: ErrorCode.None })
        {
            if (answer is not null and not { ErrorCode: ErrorCode.CoordinatorNotAvailable }) client.Log.Broken($"{client.Name} could not begin: {answer.ErrorCode}");
            return false;
        }

        Become(answer.ProducerId.Value, answer.ProducerEpoch);
        return true;
    }

    /// <returns>False if this instance can do no more.</returns>
    public async Task<bool> RunTransactionAsync(bool isDoubtful)
    {
        var transaction = new Transaction { Client = client.Number, Invoked = client.Now, Id = client.Cluster.NextTransaction() };
        client.History.Add(transaction);
        if (isDoubtful) client.Cluster.MarkDoubtful(transaction);
        client.Log.Write(client.Name, $"begins transaction {transaction.Id} as producer {_producerId} epoch {_epoch}, {timeoutMs} ms");
        _added.Clear();
        (_hasGroup, _commits) = (false, 0);
        for (var round = client.Random.Next(1, 4); round > 0; round--)
        {
            OutgoingBatch[] batches = [.. Enumerable.Range(0, client.Random.Next(1, BatchDelivery.MaxInFlight + 1)).Select(_ => Build(transaction))];
            if (await AddAsync(batches) is var added and not ErrorCode.None)
            {
                foreach (var batch in batches) batch.End(Outcome.Failed, client.Now); // never sent
                return GiveUp(transaction, added, "partitions");
            }

            if (client.Random.Next(25) == 0) return await CrashAsync(transaction, batches);
            if (await _delivery.DeliverAsync(batches) is { } refused) return GiveUp(transaction, refused.Error, $"{refused.Batch}");
            if (client.Random.Next(3) == 0 && await CommitOffsetAsync(transaction) is var committed and not ErrorCode.None) return GiveUp(transaction, committed, "an offset");
            if (client.Random.Next(6) == 0) await FetchOffsetAsync(isStable: false);
            if (client.Random.Next(40) == 0) await client.Pause(1_000, 15_000); // some time-outs run out, and some do not
        }

        if (client.Random.Next(25) == 0) return await CrashAsync(transaction, []);
        return await EndAsync(transaction, isCommit: client.Random.Next(3) > 0);
    }

    /// <summary>What the group has committed; never what an open or aborted transaction was going to.</summary>
    /// <param name="isStable">Not while a transaction may still change it.</param>
    public async Task FetchOffsetAsync(bool isStable) =>
        await CommittedOffset.FetchAsync(client, _group, new PartitionName(topic, client.Random.Next(partitions)), isStable);

    /// <summary>After another instance has begun: nothing that this one does may have an effect any more.</summary>
    public async Task GoOnThoughFencedAsync()
    {
        var batch = Build(Crashed!);
        var answer = (await (await _delivery.SendAsync([batch]))[0])?.Responses[0].PartitionResponses[0];
        client.Log.Write(client.Name, $"goes on as producer {_producerId} epoch {_epoch} and sends {batch}: {(answer is null ? "no answer" : answer.ErrorCode.ToString())}");
        batch.End(Outcome.Unknown, client.Now);
        if (answer is { ErrorCode: ErrorCode.None } && !client.Cluster.MayHaveLost) client.Log.Broken($"{client.Name} sent {batch} in epoch {_epoch} of producer {_producerId}, which is fenced, and it was taken");
        var end = await client.AskAsync(EndRequest(isCommit: true), flow.End);
        if (end is { ErrorCode: ErrorCode.None } && !client.Cluster.MayHaveLost) client.Log.Broken($"{client.Name} committed transaction {Crashed!.Id} in epoch {_epoch} of producer {_producerId}, which is fenced");
    }

    private OutgoingBatch Build(Transaction transaction)
    {
        var partition = client.Random.Next(partitions);
        var records = client.Random.Next(1, 4);
        var builder = new BatchBuilder { ProducerId = _producerId, ProducerEpoch = _epoch, BaseSequence = _sequences[partition], IsTransactional = true };
        _sequences[partition] += records;
        return OutgoingBatch.Build(client, new PartitionName(topic, partition), records, builder, isIdempotent: true, transaction.Id);
    }

    /// <summary>Announces the batches' partitions where the flow wants it.</summary>
    private async Task<ErrorCode> AddAsync(OutgoingBatch[] batches)
    {
        List<int> added = [.. batches.Select(batch => batch.Partition).Where(partition => !_added.Contains(partition)).Distinct()];
        _added.UnionWith(added);
        if (!flow.IsAnnounced || added.Count == 0) return ErrorCode.None;
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = _id, V3AndBelowProducerId = new ProducerId(_producerId), V3AndBelowProducerEpoch = _epoch,
            V3AndBelowTopics = [new() { Name = new TopicName(topic), Partitions = added }],
        };
        return await RepeatAsync("adds partitions", async () => (await client.AskAsync(request, 3))?.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode);
    }

    private async Task<ErrorCode> CommitOffsetAsync(Transaction transaction)
    {
        if (flow.IsAnnounced && !_hasGroup)
        {
            var add = new AddOffsetsToTxnRequest { TransactionalId = _id, ProducerId = new ProducerId(_producerId), ProducerEpoch = _epoch, GroupId = new GroupId(_group) };
            if (await RepeatAsync("adds its group", async () => (await client.AskAsync(add, 3))?.ErrorCode) is var added and not ErrorCode.None) return added;
            _hasGroup = true;
        }

        var partition = client.Random.Next(partitions);
        var offset = (transaction.Id * MaxCommits) + _commits++;
        var commit = new OffsetCommit
        {
            Client = client.Number, Invoked = client.Now, Group = _group, Partition = new PartitionName(topic, partition), Offset = offset, Transaction = transaction.Id,
        };
        client.History.Add(commit);
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = _id, GroupId = new GroupId(_group), ProducerId = new ProducerId(_producerId), ProducerEpoch = _epoch, GenerationId = -1, MemberId = "",
            Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedLeaderEpoch = -1, CommittedMetadata = "" }] }],
        };
        var error = await RepeatAsync($"commits offset {offset} of {commit.Partition}", async () => (await client.AskAsync(request, flow.CommitOffsets))?.Topics[0].Partitions[0].ErrorCode);
        commit.Complete(error == ErrorCode.None ? Outcome.Succeeded : Outcome.Unknown, client.Now);
        return error;
    }

    private async Task<bool> EndAsync(Transaction transaction, bool isCommit)
    {
        if (isCommit) transaction.AskToCommit(client.Now);
        if (client.Random.Next(30) == 0)
        {
            _ = client.AskAsync(EndRequest(isCommit), flow.End); // and does not live to see the answer
            client.Log.Write(client.Name, $"crashes ending transaction {transaction.Id}");
            transaction.End(isCommit ? Verdict.Unknown : Verdict.Aborted, client.Now);
            return false;
        }

        var tries = 0;
        EndTxnResponse? answer = null;
        var error = await RepeatAsync($"{(isCommit ? "commits" : "aborts")} transaction {transaction.Id}", async () =>
        {
            tries++;
            return (answer = await client.AskAsync(EndRequest(isCommit), flow.End))?.ErrorCode;
        });
        if (error == ErrorCode.None)
        {
            transaction.End(isCommit ? Verdict.Committed : Verdict.Aborted, client.Now);
            if (flow.End >= 5) Become(answer!.ProducerId.Value, answer.ProducerEpoch);
            return true;
        }

        // Refused at the first try, it has not been committed; later ones may have been refused because the first was not.
        transaction.End(isCommit && tries > 1 ? Verdict.Unknown : Verdict.Aborted, client.Now);
        var timedOut = isCommit && error == ErrorCode.InvalidTxnState && flow.End >= 5; // the end that it has is another one
        if (!timedOut && !IsFenced(error)) Complain(transaction, error, "its end");
        return false;
    }

    /// <summary>What is on its way stays on its way, and nobody hears what becomes of it.</summary>
    private async Task<bool> CrashAsync(Transaction transaction, OutgoingBatch[] batches)
    {
        if (batches.Length > 0) await _delivery.SendAsync(batches);
        client.Log.Write(client.Name, $"crashes in transaction {transaction.Id}");
        foreach (var batch in batches) batch.End(Outcome.Unknown, client.Now);
        transaction.End(Verdict.Open, client.Now);
        Crashed = transaction;
        client.Disconnect();
        return false;
    }

    private bool GiveUp(Transaction transaction, ErrorCode error, string what)
    {
        if (!IsFenced(error)) Complain(transaction, error, what);
        transaction.End(Verdict.Open, client.Now);
        return false;
    }

    private bool IsFenced(ErrorCode? error) => error is ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch && timeoutMs < NeverMs;

    private void Complain(Transaction transaction, ErrorCode? error, string what)
    {
        if (!client.Cluster.MayHaveLost) client.Log.Broken($"{client.Name} in transaction {transaction.Id} (producer {_producerId} epoch {_epoch}, {timeoutMs} ms) was refused {what} with {error}");
    }

    /// <summary>Until there is an answer that says more than "try again".</summary>
    private async Task<ErrorCode> RepeatAsync(string what, Func<Task<ErrorCode?>> ask)
    {
        while (true)
        {
            var error = await ask();
            client.Log.Write(client.Name, $"{what}: {(error is null ? "no answer" : error.ToString())}");
            if (error is not (null or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator or ErrorCode.CoordinatorLoadInProgress or ErrorCode.RequestTimedOut or ErrorCode.UnknownTopicOrPartition)) return error.Value;
            await client.Pause(100, 1_000);
        }
    }

    private EndTxnRequest EndRequest(bool isCommit) => new() { TransactionalId = _id, ProducerId = new ProducerId(_producerId), ProducerEpoch = _epoch, Committed = isCommit };

    private void Become(long producerId, short epoch)
    {
        if (producerId != _producerId || epoch != _epoch) Array.Clear(_sequences);
        (_producerId, _epoch) = (producerId, epoch);
    }
}
