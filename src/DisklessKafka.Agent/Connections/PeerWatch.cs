using System.Net.Sockets;
using DisklessKafka.Agent.Routing;
using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// Holds an idle connection to every other agent, at the address that clients use. When a process dies, its kernel ends its
/// connections at once: so this agent knows as soon as clients do, and the first metadata that they ask for after the loss
/// names agents that live. Without it they would be sent to the dead one until its session times out, and some ask only once.
/// One connection for each other agent, and no requests; an agent that hangs with its machine up is not noticed here.
/// </summary>
internal sealed class PeerWatch(Func<ClusterView> view, Func<int> self, UnreachableAgents unreachable, TimeProvider time)
{
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(250), RetryPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RenewTime = TimeSpan.FromSeconds(30); // half of what a front end gives a connection for its first request
    private const int SecondsToFirstProbe = 1, SecondsBetweenProbes = 1, Probes = 2; // a machine that vanished is noticed after three seconds

    private readonly Dictionary<int, (CancellationTokenSource Stop, Task Watching)> _watched = [];

    /// <summary>Watches whoever the cluster's state lists, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var look = new PeriodicTimer(LookPause, time);
        AgentDirectory? known = null;
        try
        {
            while (true)
            {
                var agents = view().Agents;
                if (!ReferenceEquals(agents, known)) await FollowAsync(known = agents, stopping);
                await look.WaitForNextTickAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            foreach (var nodeId in _watched.Keys.ToArray()) await ForgetAsync(nodeId);
        }
    }

    private async Task FollowAsync(AgentDirectory agents, CancellationToken stopping)
    {
        var others = agents.Brokers.ToArray().Where(agent => agent.NodeId != self()).ToDictionary(agent => agent.NodeId);
        foreach (var gone in _watched.Keys.Where(nodeId => !others.ContainsKey(nodeId)).ToArray()) await ForgetAsync(gone);
        foreach (var agent in others.Values)
        {
            if (_watched.ContainsKey(agent.NodeId)) continue;
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            _watched.Add(agent.NodeId, (stop, WatchAsync(agent, stop.Token)));
        }
    }

    private async Task ForgetAsync(int nodeId)
    {
        if (!_watched.Remove(nodeId, out var watched)) return;
        watched.Stop.Cancel();
        await watched.Watching;
        watched.Stop.Dispose();
    }

    private async Task WatchAsync(AgentInfo agent, CancellationToken stop)
    {
        Socket? held = null;
        try
        {
            while (true)
            {
                // The next one first: there is always one to tell of the end.
                var next = await TryConnectAsync(agent, stop);
                held?.Dispose();
                held = next;
                if (held is null)
                {
                    unreachable.Add(Current(agent));
                    await Task.Delay(RetryPause, time, stop);
                }
                else
                {
                    unreachable.Remove(agent);
                    if (await HasEndedAsync(held, stop)) unreachable.Add(Current(agent)); // until the next connection says otherwise
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Not listed any more, or this agent stops.
        }
        finally
        {
            held?.Dispose();
            unreachable.Forget(agent);
        }
    }

    /// <summary>As the cluster knows it by now: it may have begun to leave.</summary>
    private AgentInfo Current(AgentInfo agent) => view().Agents.FindBroker(agent.NodeId) ?? agent;

    private async Task<Socket?> TryConnectAsync(AgentInfo agent, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(ConnectTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SecondsToFirstProbe);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, SecondsBetweenProbes);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
            await socket.ConnectAsync(agent.Host, agent.Port, either.Token);
            return socket;
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            stop.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <returns>True when the other side has ended it; false when it is time for the next one.</returns>
    private async Task<bool> HasEndedAsync(Socket socket, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(RenewTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await socket.ReceiveAsync(new byte[1], either.Token);
            return true; // nothing was asked, so nothing but the end can come
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
            return false;
        }
    }
}
