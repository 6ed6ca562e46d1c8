using System.Buffers;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Configs;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using BatchStatus = DisklessKafka.Protocol.Records.BatchStatus;

namespace DisklessKafka.Agent.Write;

/// <summary>Checks what a producer sent for one partition and puts it into the open segment, stamped where the topic or the truth demands it.</summary>
public sealed class BatchAppender(TopicSettings settings, WritePipeline pipeline)
{
    /// <summary>From this produce version on a transactional batch needs no announcement of its partition.</summary>
    private const short JoiningVersion = 12;

    /// <summary>Completes when more may be appended.</summary>
    public ValueTask WhenRoomAsync() => new(pipeline.WhenRoomAsync());

    /// <summary>Synchronous: the records are borrowed. What is wrong goes into <paramref name="answer"/> at once.</summary>
    /// <param name="sender">Without the producer, which the records tell.</param>
    /// <returns>The reply's slot, or -1 if the batch was refused.</returns>
    public int Append(
        ClusterView view,
        Topic topic,
        Partition partition,
        in RefusedBatches.Sender sender,
        in RecordsField records,
        in BatchContext context,
        ProduceReply reply,
        ProduceResponse.PartitionProduceResponse answer)
    {
        var rules = settings.RulesOf(topic, view);
        var status = BatchValidator.Validate(records.Sequence, rules, context, out var report);
        if (status != BatchStatus.Valid)
        {
            Refuse(answer, status, report);
            return -1;
        }

        var slot = -1;
        if (!report.Header.HasProducerId) slot = reply.OpenSlot();
        else if (!reply.TryOpenSlot(sender with { ProducerId = report.Header.ProducerId, Epoch = report.Header.ProducerEpoch }, report.Header.BaseSequence, out slot))
        {
            answer.ErrorCode = ProduceErrors.Of(WriteStatus.NotStored, context.ApiVersion);
            return -1;
        }

        var key = new PartitionKey(topic.Ordinal, topic.Id, partition.Index);
        var joins = report.Header.IsTransactional && context.ApiVersion >= JoiningVersion;
        if (rules.IsLogAppendTime) answer.LogAppendTimeMs = context.NowMs;
        if (rules.IsLogAppendTime || report.MaxTimestampMs != report.Header.MaxTimestamp)
            AppendStamped(key, records.Sequence, rules.IsLogAppendTime, rules.IsLogAppendTime ? context.NowMs : report.MaxTimestampMs, reply, slot, joins);
        else
            pipeline.Append(key, report.Header, records.Sequence, reply, slot, joins);
        return slot;
    }

    /// <summary>The one case with a second copy: the header changes, and what the client sent is not ours to change.</summary>
    private void AppendStamped(PartitionKey key, in ReadOnlySequence<byte> batch, bool isLogAppendTime, long timestampMs, ProduceReply reply, int slot, bool joins)
    {
        var length = (int)batch.Length;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        batch.CopyTo(copy);
        if (isLogAppendTime) BatchPatch.SetLogAppendTime(copy, timestampMs);
        else BatchPatch.SetMaxTimestamp(copy, timestampMs);
        BatchHeader.TryRead(copy, out var header);
        pipeline.Append(key, header, new ReadOnlySequence<byte>(copy, 0, length), reply, slot, joins);
        ArrayPool<byte>.Shared.Return(copy);
    }

    private static void Refuse(ProduceResponse.PartitionProduceResponse answer, BatchStatus status, in BatchReport report)
    {
        answer.ErrorCode = ProduceErrors.Of(status);
        answer.ErrorMessage = $"the batch was refused: {status}";
        foreach (var error in report.Errors) answer.RecordErrors.Add(new() { BatchIndex = error.Index, BatchIndexErrorMessage = error.Message });
    }
}
