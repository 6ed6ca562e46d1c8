using DisklessKafka.Checking;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Simulation.Machines;
using DisklessKafka.Simulation.Network;
using DisklessKafka.Simulation.Running;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Clients;

/// <summary>What every client has: a machine of its own, a number in the history, the cluster's addresses, patience.</summary>
internal sealed class ClientContext(int number, string name, SimulatedNode node, SimulatedCluster cluster, Random random)
{
    /// <summary>How long a client waits for any answer before it hangs up.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(15);

    private SimulatedConnection? _connection;
    private string _connectedTo = "";

    public int Number => number;

    public string Name => name;

    public SimulatedNode Node => node;

    public Random Random => random;

    public SimulatedCluster Cluster => cluster;

    public History History => cluster.History;

    public RunLog Log => cluster.Log;

    /// <summary>Told to end what it does and begin nothing new.</summary>
    public bool IsStopping { get; set; }

    /// <summary>The present connection's agent, by its life: what one life says is one broker's word.</summary>
    public string ConnectedTo => _connectedTo;

    /// <summary>The history's clock: the world's microseconds.</summary>
    public long Now => cluster.Now;

    public Task Pause(double fromMs, double toMs) => node.Clock.Delay(TimeSpan.FromMilliseconds(fromMs + ((toMs - fromMs) * random.NextDouble())));

    /// <summary>A connection that seems to be good: the present one, or one to any agent that listens.</summary>
    public async Task<SimulatedConnection> ConnectAsync()
    {
        while (_connection is not { IsClosed: false })
        {
            _connection = null;
            if (cluster.TryAccept(name, node, random, out var connection, out var agent))
            {
                (_connection, _connectedTo) = (connection, agent);
                break;
            }

            await Pause(50, 500);
        }

        // Now and then to another agent: any of them must do as well.
        if (random.Next(40) == 0) Disconnect();
        return _connection ?? await ConnectAsync();
    }

    public void Disconnect()
    {
        _connection?.Close();
        _connection = null;
    }

    /// <summary>Sends and waits; null if no answer came in time or the connection broke, which then is closed.</summary>
    public async Task<TResponse?> AskAsync<TRequest, TResponse>(IRequest<TRequest, TResponse> request, short version, TimeSpan? longer = null)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : class, IMessage<TResponse>
    {
        var connection = await ConnectAsync();
        return await AskAsync(connection, request, version, longer);
    }

    /// <inheritdoc cref="AskAsync{TRequest, TResponse}(IRequest{TRequest, TResponse}, short, TimeSpan?)"/>
    public async Task<TResponse?> AskAsync<TRequest, TResponse>(SimulatedConnection connection, IRequest<TRequest, TResponse> request, short version, TimeSpan? longer = null)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : class, IMessage<TResponse>
    {
        try
        {
            return await connection.SendAsync(request, version).WaitAsync(RequestTimeout + (longer ?? TimeSpan.Zero), node.Clock);
        }
        catch (Exception lost) when (lost is IOException or TimeoutException)
        {
            connection.Close();
            return null;
        }
    }

    /// <summary>The topic's id, asked for until somebody knows it.</summary>
    public async Task<TopicId> FindTopicAsync(string topic)
    {
        while (true)
        {
            var answer = await AskAsync(new MetadataRequest { Topics = [new() { Name = new TopicName(topic) }] }, 12);
            if (answer is { Topics: [{ ErrorCode: ErrorCode.None } found] }) return found.TopicId;
            await Pause(100, 1_000);
        }
    }
}
