using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit;

namespace DisklessKafka.Load.Verbs;

/// <param name="Producers">Each with a transactional id and a connection of its own, one transaction open at a time.</param>
/// <param name="PerSecond">Transactions over all producers; 0 for as many as there can be.</param>
internal sealed record TransactionsLoad(string Bootstrap, string Topic, int Partitions, int Producers, double PerSecond, TimeSpan Warmup, TimeSpan Duration);

/// <summary>
/// Transactions of one batch each (version 2: produce, then end). How long the end takes is held against how long any command
/// takes that is appended and replayed and nothing else: one that asks for a producer id, sent by the same connection right before.
/// </summary>
internal static class TransactionsVerb
{
    private const short ProduceVersion = 12, EndVersion = 5, InitVersion = 5;

    public static async Task<JsonObject> RunAsync(TransactionsLoad load)
    {
        await Topics.EnsureAsync(load.Bootstrap, load.Topic, load.Partitions);
        LatencyHistogram appends = new(), produces = new(), ends = new();
        using var stop = new CancellationTokenSource();
        var producers = Enumerable.Range(0, load.Producers).Select(number => RunProducerAsync(load, number, appends, produces, ends, stop.Token)).ToArray();
        await Task.WhenAny(Task.Delay(load.Warmup), Task.WhenAny(producers));
        appends.Clear();
        produces.Clear();
        ends.Clear();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAny(Task.Delay(load.Duration), Task.WhenAny(producers));
        var (count, elapsed) = (ends.Count, Stopwatch.GetElapsedTime(started));
        await stop.CancelAsync();
        await Task.WhenAll(producers);
        return new JsonObject
        {
            ["verb"] = "transactions",
            ["bootstrap"] = load.Bootstrap,
            ["producers"] = load.Producers,
            ["partitions"] = load.Partitions,
            ["askedPerSecond"] = load.PerSecond,
            ["seconds"] = Report.Round(elapsed.TotalSeconds),
            ["transactionsPerSecond"] = Report.Round(count / elapsed.TotalSeconds),
            ["appendMs"] = Report.Percentiles(appends),
            ["produceMs"] = Report.Percentiles(produces),
            ["endMs"] = Report.Percentiles(ends),
        };
    }

    private static async Task RunProducerAsync(TransactionsLoad load, int number, LatencyHistogram appends, LatencyHistogram produces, LatencyHistogram ends, CancellationToken stop)
    {
        await using var client = await Topics.ConnectAsync(load.Bootstrap);
        var id = new TransactionalId($"load-{Environment.ProcessId}-{number}");
        var begun = await client.SendAsync(new InitProducerIdRequest { TransactionalId = id, TransactionTimeoutMs = 60_000 }, InitVersion);
        Check(begun.ErrorCode, "InitProducerId");
        var (producer, epoch) = (begun.ProducerId, begun.ProducerEpoch);
        using var pacer = load.PerSecond > 0 ? new PeriodicTimer(TimeSpan.FromSeconds(load.Producers / load.PerSecond)) : null;
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            if (pacer is not null) await pacer.WaitForNextTickAsync(CancellationToken.None);
            var started = Stopwatch.GetTimestamp();
            Check((await client.SendAsync(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 }, InitVersion)).ErrorCode, "InitProducerId");
            appends.Record(Stopwatch.GetElapsedTime(started));

            started = Stopwatch.GetTimestamp();
            var written = await client.SendAsync(RequestOf(load, id, producer, epoch, (number + i) % load.Partitions), ProduceVersion);
            Check(written.Responses[0].PartitionResponses[0].ErrorCode, "Produce");
            produces.Record(Stopwatch.GetElapsedTime(started));

            started = Stopwatch.GetTimestamp();
            var ended = await client.SendAsync(new EndTxnRequest { TransactionalId = id, ProducerId = producer, ProducerEpoch = epoch, Committed = true }, EndVersion);
            Check(ended.ErrorCode, "EndTxn");
            ends.Record(Stopwatch.GetElapsedTime(started));
            (producer, epoch) = (ended.ProducerId, ended.ProducerEpoch);
        }
    }

    private static ProduceRequest RequestOf(TransactionsLoad load, TransactionalId id, ProducerId producer, short epoch, int partition)
    {
        var batch = new BatchBuilder { ProducerId = producer.Value, ProducerEpoch = epoch, BaseSequence = 0, IsTransactional = true };
        batch.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, Encoding.ASCII.GetBytes("one record of one transaction"));
        return new ProduceRequest
        {
            TransactionalId = id, Acks = -1, TimeoutMs = 30_000,
            TopicData = [new() { Name = new TopicName(load.Topic), PartitionData = [new() { Index = partition, Records = new RecordsField(batch.Build()) }] }],
        };
    }

    private static void Check(ErrorCode error, string request)
    {
        if (error != ErrorCode.None) throw new InvalidOperationException($"{request} was answered with {error}");
    }
}
