using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Protocol.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.Micro.FrontEnd;

/// <summary>
/// What receiving costs: produce frames over loopback to a handler that copies their records once and answers. Runs each
/// block size in turn, several rounds, so that whatever else the machine does meets all of them. The load comes from a
/// process of its own; CPU time is this process's alone.
/// </summary>
internal static class FrontEndThroughput
{
    private const int FrameBytes = 1 << 20;

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var connections = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
        var rounds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 2;
        int[] blocks = args.Length > 3 ? [.. args[3].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))] : [4 << 10, 64 << 10, 256 << 10];
        for (var round = 0; round < rounds; round++)
            foreach (var blockBytes in blocks) await RunAsync(blockBytes, seconds, connections);
        return 0;
    }

    private static async Task RunAsync(int blockBytes, int seconds, int connections)
    {
        var options = new FrontEndOptions { BlockBytes = blockBytes };
        var sink = new CopyOnce();
        using var meter = new Meter("DisklessKafka.Agent");
        await using var server = new KafkaServer([new ListenAddress("load", new IPEndPoint(IPAddress.Loopback, 0))], new ApiRegistry([sink]), options, TimeProvider.System, meter, NullLoggerFactory.Instance);
        await server.StartAsync(CancellationToken.None);
        using var load = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "front-end-load", server.EndPoints[0].Port.ToString(CultureInfo.InvariantCulture), connections.ToString(CultureInfo.InvariantCulture), FrameBytes.ToString(CultureInfo.InvariantCulture) },
        })!;
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(2)); // compilation and warm-up
            var (bytes, wall, cpu) = (sink.Bytes, Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            var elapsed = Stopwatch.GetElapsedTime(wall).TotalSeconds;
            var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
            var gigabytes = (sink.Bytes - bytes) / 1e9;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"blocks of {blockBytes >> 10,4} KiB, {connections} connection(s): {gigabytes / elapsed:F2} GB/s, {used / gigabytes:F2} CPU-s/GB, {used / elapsed:F2} cores"));
        }
        finally
        {
            load.Kill();
            await load.WaitForExitAsync();
        }
    }

    /// <summary>What the open segment does with a batch, without its checks: one copy into a buffer of 8 MiB.</summary>
    private sealed class CopyOnce : IApiHandler<ProduceRequest, ProduceResponse>
    {
        private readonly ThreadLocal<byte[]> _segment = new(() => GC.AllocateUninitializedArray<byte>(8 << 20));
        private readonly ThreadLocal<int> _at = new();
        private long _bytes;

        public ApiVersionRange Versions => new(3, 13);

        public long Bytes => Interlocked.Read(ref _bytes);

        public ValueTask<ProduceResponse?> HandleAsync(ProduceRequest request, RequestContext context)
        {
            var response = new ProduceResponse();
            foreach (var topic in request.TopicData)
            {
                var answered = new ProduceResponse.TopicProduceResponse { Name = topic.Name };
                foreach (var partition in topic.PartitionData)
                {
                    Copy(partition.Records.Sequence);
                    answered.PartitionResponses.Add(new() { Index = partition.Index });
                }

                response.Responses.Add(answered);
            }

            return new(response);
        }

        private void Copy(in ReadOnlySequence<byte> records)
        {
            var segment = _segment.Value!;
            if (_at.Value + records.Length > segment.Length) _at.Value = 0;
            records.CopyTo(segment.AsSpan(_at.Value));
            _at.Value += (int)records.Length;
            Interlocked.Add(ref _bytes, records.Length);
        }
    }
}
