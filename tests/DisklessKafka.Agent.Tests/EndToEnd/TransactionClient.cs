using System.Buffers.Binary;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.EndToEnd;

/// <summary>A transactional producer that speaks the wire, over whichever client it is given; what the answers say is its caller's business.</summary>
internal sealed class TransactionClient(string id)
{
    private readonly Dictionary<(TopicId, int), int> _sequences = [];

    public TransactionalId Id { get; } = new(id);

    public ProducerId ProducerId { get; private set; }

    public short Epoch { get; private set; }

    public async Task<ErrorCode> InitAsync(WireClient client, int timeoutMs = 60_000, bool goesOn = false)
    {
        var answer = await client.SendAsync(new InitProducerIdRequest
        {
            TransactionalId = Id, TransactionTimeoutMs = timeoutMs, ProducerId = goesOn ? ProducerId : new ProducerId(-1), ProducerEpoch = goesOn ? Epoch : (short)-1,
        });
        if (answer.ErrorCode == ErrorCode.None) Become(answer.ProducerId, answer.ProducerEpoch);
        return answer.ErrorCode;
    }

    /// <summary>Announces the partition, as version 1 does.</summary>
    public async Task<ErrorCode> AddAsync(WireClient client, string topic, int partition, short version = 3)
    {
        var answer = await client.SendAsync(new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = Id, V3AndBelowProducerId = ProducerId, V3AndBelowProducerEpoch = Epoch,
            V3AndBelowTopics = [new() { Name = new TopicName(topic), Partitions = [partition] }],
        }, version);
        return answer.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode;
    }

    /// <summary>One batch, by Produce 11 (version 1 of transactions: announced) or 12 and later (it joins by itself).</summary>
    public async Task<(ErrorCode Error, long Offset)> WriteAsync(WireClient client, string topic, TopicId topicId, int partition, short version, params string[] values)
    {
        var sequence = _sequences.GetValueOrDefault((topicId, partition));
        var builder = new BatchBuilder { ProducerId = ProducerId.Value, ProducerEpoch = Epoch, BaseSequence = sequence, IsTransactional = true };
        foreach (var value in values) builder.Append(1_000, null, System.Text.Encoding.UTF8.GetBytes(value));
        var answer = await client.SendAsync(new ProduceRequest
        {
            TransactionalId = Id, Acks = -1, TimeoutMs = 10_000,
            TopicData = [new() { Name = new TopicName(topic), TopicId = topicId, PartitionData = [new() { Index = partition, Records = new RecordsField(builder.Build()) }] }],
        }, version);
        var partitionAnswer = answer.Responses[0].PartitionResponses[0];
        if (partitionAnswer.ErrorCode == ErrorCode.None) _sequences[(topicId, partition)] = sequence + values.Length;
        return (partitionAnswer.ErrorCode, partitionAnswer.BaseOffset);
    }

    public async Task<ErrorCode> EndAsync(WireClient client, bool commit, short version)
    {
        var answer = await client.SendAsync(new EndTxnRequest { TransactionalId = Id, ProducerId = ProducerId, ProducerEpoch = Epoch, Committed = commit }, version);
        if (answer.ErrorCode == ErrorCode.None && version >= 5) Become(answer.ProducerId, answer.ProducerEpoch);
        return answer.ErrorCode;
    }

    public async Task<ErrorCode> AddGroupAsync(WireClient client, string group) => (await client.SendAsync(new AddOffsetsToTxnRequest
    {
        TransactionalId = Id, ProducerId = ProducerId, ProducerEpoch = Epoch, GroupId = new GroupId(group),
    })).ErrorCode;

    public async Task<ErrorCode> CommitOffsetAsync(WireClient client, string group, string topic, int partition, long offset, short version)
    {
        var answer = await client.SendAsync(new TxnOffsetCommitRequest
        {
            TransactionalId = Id, GroupId = new GroupId(group), ProducerId = ProducerId, ProducerEpoch = Epoch, GenerationId = -1, MemberId = "",
            Topics = [new() { Name = new TopicName(topic), Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedLeaderEpoch = -1, CommittedMetadata = "" }] }],
        }, version);
        return answer.Topics[0].Partitions[0].ErrorCode;
    }

    private void Become(ProducerId producerId, short epoch)
    {
        if (producerId != ProducerId || epoch != Epoch) _sequences.Clear();
        (ProducerId, Epoch) = (producerId, epoch);
    }
}

/// <summary>What a reader gets: one partition's answer, and what Kafka's own clients would make of it.</summary>
internal static class CommittedReader
{
    public static async Task<FetchResponse.PartitionData> FetchAsync(this WireClient client, TopicId topic, int partition, long offset, bool committed, int maxWaitMs = 0, int partitionMaxBytes = 1 << 20)
    {
        var response = await client.SendAsync(new FetchRequest
        {
            MaxWaitMs = maxWaitMs, MinBytes = 1, MaxBytes = 50 << 20, IsolationLevel = (sbyte)(committed ? 1 : 0),
            Topics = [new() { TopicId = topic, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = partitionMaxBytes }] }],
        });
        return response.Responses[0].Partitions[0];
    }

    /// <summary>Headers of the batches, with the records; CRCs are checked on the way.</summary>
    public static List<(BatchHeader Header, List<string> Values)> Batches(this FetchResponse.PartitionData answer)
    {
        var batches = new List<(BatchHeader, List<string>)>();
        for (var rest = answer.Records.Sequence; rest.Length > 0;)
        {
            using var reader = new RecordReader(rest);
            var values = new List<string>();
            while (reader.MoveNext()) values.Add(reader.Header.IsControl ? Convert.ToHexString(reader.Current.Key) : System.Text.Encoding.UTF8.GetString(reader.Current.Value));
            Assert.Equal(reader.Header.Crc, Crc32C.Compute(rest.Slice(BatchHeader.CrcCoversFrom, reader.Header.SizeBytes - BatchHeader.CrcCoversFrom)));
            batches.Add((reader.Header, values));
            rest = rest.Slice(reader.Header.SizeBytes);
        }

        return batches;
    }

    /// <summary>The values that a read_committed client hands on: aborted ones left out by the list that came with them.</summary>
    public static List<string> Committed(this FetchResponse.PartitionData answer)
    {
        const string Abort = "00000000";
        var waiting = new Queue<FetchResponse.AbortedTransaction>(answer.AbortedTransactions!);
        var skipped = new HashSet<long>();
        var values = new List<string>();
        foreach (var (header, records) in answer.Batches())
        {
            while (waiting.TryPeek(out var next) && next.FirstOffset <= header.LastOffset) skipped.Add(waiting.Dequeue().ProducerId.Value);
            if (header.IsControl && records[0] == Abort) skipped.Remove(header.ProducerId);
            else if (!header.IsControl && !(header.IsTransactional && skipped.Contains(header.ProducerId))) values.AddRange(records);
        }

        return values;
    }
}
