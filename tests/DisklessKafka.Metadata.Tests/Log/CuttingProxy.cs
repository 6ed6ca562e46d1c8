using System.Net;
using System.Net.Sockets;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>A TCP relay in front of a loopback port that can lose answers or stop relaying.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly int target;
    private readonly Lock gate = new();
    private readonly List<Socket> clients = [];
    private readonly Task accepting;
    private Func<bool> losesAnswer = () => false;
    private volatile bool isStalled;

    public CuttingProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Asked before each answer is relayed; where it says yes, the answer is dropped and the connection cut.</summary>
    public void LoseAnswers(Func<bool> when) => losesAnswer = when;

    /// <summary>From now on nothing is relayed in either direction and nothing is closed.</summary>
    public void Stall() => isStalled = true;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        lock (gate) clients.ForEach(client => client.Dispose());
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(stopping.Token);
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                client.NoDelay = true;
                lock (gate) clients.AddRange([client, server]);
                await server.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
                _ = RelayAsync(client, server, isAnswer: false);
                _ = RelayAsync(server, client, isAnswer: true);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task RelayAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[65536];
        try
        {
            while (await from.ReceiveAsync(buffer, stopping.Token) is > 0 and var count)
            {
                if (isStalled) await Task.Delay(Timeout.Infinite, stopping.Token);
                if (isAnswer && losesAnswer()) break;
                await to.SendAsync(buffer.AsMemory(0, count), stopping.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
        from.Dispose();
        to.Dispose();
    }
}
