using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DisklessKafka.Agent;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DisklessKafka.TestKit.Agents;

/// <summary>Whole agents in this process, over one object store and one metadata log, on free loopback ports.</summary>
public sealed class InProcessCluster : IAsyncDisposable
{
    private readonly ConcurrentBag<AgentNode> _agents = [];
    private readonly Meter _meter = AgentMeter.Create();
    private readonly Random _random = new SharedRandom();

    public InProcessCluster(IObjectStore? objects = null, IMetadataLog? log = null, TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        Objects = objects ?? new MemoryObjectStore(Time);
        Log = log ?? new MemoryMetadataLog(Time);
    }

    public TimeProvider Time { get; }

    public IObjectStore Objects { get; }

    public IMetadataLog Log { get; }

    /// <summary>Quick to flush, so that tests need not wait; everything else as in production.</summary>
    public static AgentOptions Quick { get; } = new()
    {
        Listen = new HostPort("127.0.0.1", 0),
        Http = null,
        Objects = "memory:",
        Metadata = "memory:",
        FlushInterval = TimeSpan.FromMilliseconds(5),
        GatheringDelay = TimeSpan.FromMilliseconds(1),
    };

    /// <summary>Starts one more agent.</summary>
    /// <param name="log">This agent's own way to the shared log, for cutting it.</param>
    public async Task<AgentNode> StartAgentAsync(AgentOptions? options = null, ILoggerFactory? loggers = null, IMetadataLog? log = null)
    {
        var around = new AgentSurroundings(Objects, log ?? Log, Time, _random, _meter, loggers ?? NullLoggerFactory.Instance);
        var agent = await AgentNode.StartAsync(options ?? Quick, around, CancellationToken.None).WaitAsync(WireClient.Patience);
        _agents.Add(agent);
        return agent;
    }

    /// <summary>A client of that agent that has negotiated versions.</summary>
    public static async Task<WireClient> ConnectAsync(AgentNode agent, string clientId = "test")
    {
        var client = await WireClient.ConnectAsync(agent.EndPoint, clientId);
        await client.NegotiateAsync();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents) await agent.DisposeAsync();
        await Log.DisposeAsync();
        await Objects.DisposeAsync();
        _meter.Dispose();
    }

    /// <summary>Agents in one process draw from one generator, on whatever thread they run.</summary>
    private sealed class SharedRandom() : Random(1)
    {
        private readonly Lock _gate = new();

        public override int Next()
        {
            lock (_gate) return base.Next();
        }

        public override void NextBytes(Span<byte> buffer)
        {
            lock (_gate) base.NextBytes(buffer);
        }
    }
}
