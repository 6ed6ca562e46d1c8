using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Cli.Demo;

/// <summary>Produces to all partitions over one connection, several requests in flight, acks=all.</summary>
internal sealed class DemoProducer(BrokerConnection connection, TopicId topic, int partitions, TimeProvider time, byte[] noise) : IDisposable
{
    private const short ProduceVersion = 13;
    private const int RequestsInFlight = 8;

    private readonly long[] _next = new long[partitions];
    private readonly SemaphoreSlim _inFlight = new(RequestsInFlight);
    private readonly List<double> _ackedMs = [];
    private long _acknowledged;

    public void Dispose() => _inFlight.Dispose();

    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Of the paced requests, in milliseconds.</summary>
    public IReadOnlyList<double> AckedMs => _ackedMs;

    public long Produced => _next.Sum();

    /// <summary>A few records at a fixed pace, as an application would: for looking at latency.</summary>
    public async Task PaceAsync(TimeSpan duration, TimeSpan interval, int records)
    {
        var begun = time.GetTimestamp();
        var pending = new List<Task>();
        for (var turn = 0; time.GetElapsedTime(begun) < duration; turn++)
        {
            pending.Add(SendAsync([(turn % partitions, records)], isTimed: true));
            var wait = interval * (turn + 1) - time.GetElapsedTime(begun);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time);
        }

        await Task.WhenAll(pending);
    }

    /// <summary>As much as goes: for looking at throughput.</summary>
    public async Task PushAsync(TimeSpan duration, int recordsPerPartition)
    {
        var begun = time.GetTimestamp();
        var pending = new List<Task>();
        while (time.GetElapsedTime(begun) < duration)
        {
            await _inFlight.WaitAsync();
            pending.Add(ReleaseAfterAsync(SendAsync([.. Enumerable.Range(0, partitions).Select(partition => (partition, recordsPerPartition))], isTimed: false)));
            pending.RemoveAll(task => task.IsCompletedSuccessfully);
        }

        await Task.WhenAll(pending);
    }

    private async Task ReleaseAfterAsync(Task sending)
    {
        try
        {
            await sending;
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private async Task SendAsync(List<(int Partition, int Records)> parts, bool isTimed)
    {
        var begun = time.GetTimestamp();
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000, TopicData = [new() { TopicId = topic }] };
        foreach (var (partition, records) in parts)
            request.TopicData[0].PartitionData.Add(new() { Index = partition, Records = new RecordsField(Batch(partition, records)) });
        var response = await connection.SendAsync(request, ProduceVersion);
        foreach (var answer in response.Responses[0].PartitionResponses)
            if (answer.ErrorCode != ErrorCode.None)
                throw new InvalidOperationException($"partition {answer.Index} refused a batch: {answer.ErrorCode}");
        Interlocked.Add(ref _acknowledged, parts.Sum(part => part.Records));
        if (!isTimed) return;
        lock (_ackedMs) _ackedMs.Add(time.GetElapsedTime(begun).TotalMilliseconds);
    }

    private byte[] Batch(int partition, int records)
    {
        var batch = new BatchBuilder();
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < records; i++) batch.Append(nowMs, null, DemoRecord.Make(partition, _next[partition]++, time.GetTimestamp(), noise));
        return batch.Build();
    }
}
