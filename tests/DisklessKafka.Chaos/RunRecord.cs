using System.Collections.Concurrent;
using DisklessKafka.Chaos.Faults;
using DisklessKafka.Chaos.Reading;
using DisklessKafka.Checking;
using DisklessKafka.TestKit.Network;

namespace DisklessKafka.Chaos;

/// <summary>All that a run leaves behind: what clients did and saw, and what was done to them.</summary>
internal sealed class RunRecord
{
    private readonly ConcurrentDictionary<int, ClientFacts> _clients = new();
    private int _lastClient, _lastReader;

    public RunClock Clock { get; } = new();

    public History History { get; } = new();

    public ConcurrentQueue<FaultRecord> Faults { get; } = new();

    /// <summary>What clients complained of, by time: shown, not judged.</summary>
    public ConcurrentQueue<(long At, int Client, string Text)> Errors { get; } = new();

    /// <summary>What the libraries of transactional clients said, by time.</summary>
    public ConcurrentQueue<(long At, int Client, string Text)> Logs { get; } = new();

    /// <summary>All that is there in the end, in order within each partition.</summary>
    public List<BatchFound> Batches { get; } = [];

    /// <summary>What must never happen to a client whatever fails around it, as an offset out of range: each fails the run.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Requests that reached the object store's relay.</summary>
    public ConcurrentQueue<(long At, S3Request Request)> StoreRequests { get; } = new();

    /// <summary>Periods by name, such as <c>peak</c>.</summary>
    public ConcurrentQueue<(string Name, long From, long To)> Periods { get; } = new();

    public IReadOnlyDictionary<int, ClientFacts> Clients => _clients;

    public int NewClient(string name, ClientKind kind, int? agent = null)
    {
        var client = Interlocked.Increment(ref _lastClient);
        _clients[client] = new ClientFacts(name, kind, agent);
        return client;
    }

    public long NewReader() => Interlocked.Increment(ref _lastReader);

    public void Log(int client, string text) => Logs.Enqueue((Clock.Now, client, text));

    public void Complain(int client, string text) => Errors.Enqueue((Clock.Now, client, text));
}

internal enum ClientKind
{
    IdempotentProducer,
    PlainProducer,

    /// <summary>One request after the other to one agent, over the bare wire.</summary>
    PinnedProducer,
    Transactional,
    Tailing,
    Lagging,
    Replaying,
    Group,

    /// <summary>Reads in a group and writes what came of it, in transactions.</summary>
    Transformer,
    Observer,
}

/// <param name="Agent">The one agent that it talks to; null if it goes where the cluster leads it.</param>
internal sealed record ClientFacts(string Name, ClientKind Kind, int? Agent);
