using System.Net;
using System.Net.Sockets;
using DisklessKafka.Agent.Apis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace DisklessKafka.Agent.Connections;

/// <summary>What Kestrel calls for each connection of one listener: counts it in or turns it away, and serves it.</summary>
internal sealed class KafkaConnectionHandler(FrontEnd shared, string listener) : ConnectionHandler
{
    private const int KeepAliveIdleSeconds = 60;
    private const int KeepAliveIntervalSeconds = 10;
    private const int KeepAliveProbes = 3;

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var table = shared.Connections;
        var facts = new ConnectionFacts
        {
            Id = table.NextId(),
            Listener = listener,
            RemoteEndPoint = connection.RemoteEndPoint as IPEndPoint,
            LocalEndPoint = connection.LocalEndPoint as IPEndPoint,
        };
        var address = facts.RemoteEndPoint?.Address ?? IPAddress.None;
        var refused = table.TryEnter(address);
        if (refused != CloseReason.None)
        {
            shared.Closed(facts, refused, detail: null);
            return;
        }

        try
        {
            if (!await WaitForOpeningAsync(connection)) return;
            await ServeAsync(connection, facts);
        }
        finally
        {
            table.Leave(address);
        }
    }

    /// <returns>False if the client, or the agent, has gone before.</returns>
    private async ValueTask<bool> WaitForOpeningAsync(ConnectionContext connection)
    {
        if (shared.Opening.IsCompletedSuccessfully) return true;
        await shared.Opening.WaitAsync(connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return shared.Opening.IsCompletedSuccessfully;
    }

    private async Task ServeAsync(ConnectionContext connection, ConnectionFacts facts)
    {
        using var served = new KafkaConnection(connection, facts, shared);
        try
        {
            ProbeWhenSilent(connection.Features.Get<IConnectionSocketFeature>()?.Socket);
            shared.Metrics.ConnectionOpened();
            shared.Connections.Add(served);
            await served.RunAsync();
        }
        finally
        {
            shared.Connections.Remove(served);
        }
    }

    /// <summary>A peer whose machine or network vanished sends no FIN; TCP's own probes find out within a minute and a half.</summary>
    private static void ProbeWhenSilent(Socket? socket)
    {
        if (socket is null) return;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveIdleSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Closed already: the reading loop will find out.
        }
    }
}
