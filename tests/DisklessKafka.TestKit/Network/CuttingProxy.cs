using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace DisklessKafka.TestKit.Network;

/// <summary>
/// A TCP relay in front of a loopback port that behaves as bad networks do: it cuts, stalls, delays and loses answers. What it
/// holds of each direction is bounded, so that a slow side slows the other.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private const int ChunkBytes = 64 << 10, ChunksHeld = 256;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly int target;
    private readonly Lock gate = new();
    private readonly HashSet<Socket> sockets = [];
    private readonly Task accepting;
    private Func<bool> losesAnswer = () => false;
    private TaskCompletionSource? stalled;
    private volatile bool isCut;
    private long delayTicks;

    /// <param name="target">The loopback port that is relayed to.</param>
    public CuttingProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How much later everything arrives, in each direction.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref delayTicks));
        set => Volatile.Write(ref delayTicks, value.Ticks);
    }

    /// <summary>Asked before each answer is relayed; where it says yes, the answer is dropped and the connection cut.</summary>
    public void LoseAnswers(Func<bool> when) => losesAnswer = when;

    /// <summary>From now on nothing is relayed in either direction and nothing is closed, until <see cref="Heal"/>.</summary>
    public void Stall()
    {
        lock (gate) stalled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Resets every connection, and every new one at once, until <see cref="Heal"/>.</summary>
    public void Cut()
    {
        isCut = true;
        lock (gate)
        {
            foreach (var socket in sockets) Reset(socket);
            sockets.Clear();
        }
    }

    /// <summary>Ends a cut, a stall and a delay.</summary>
    public void Heal()
    {
        isCut = false;
        Delay = TimeSpan.Zero;
        TaskCompletionSource? waiting;
        lock (gate) (waiting, stalled) = (stalled, null);
        waiting?.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        Cut();
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
                if (isCut) Reset(client);
                else _ = ConnectAsync(client);
            }
        }
        catch (Exception end) when (IsEnd(end))
        {
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        lock (gate) sockets.UnionWith([client, server]);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
            if (isCut) throw new SocketException((int)SocketError.ConnectionReset);
            await Task.WhenAll(RelayAsync(client, server, isAnswer: false), RelayAsync(server, client, isAnswer: true));
        }
        catch (Exception end) when (IsEnd(end))
        {
        }

        lock (gate) sockets.ExceptWith([client, server]);
        Reset(client);
        Reset(server);
    }

    /// <summary>One direction: read as it comes, sent when its time has come. The end of one direction ends both.</summary>
    private async Task RelayAsync(Socket from, Socket to, bool isAnswer)
    {
        var chunks = Channel.CreateBounded<(long DueAt, byte[] Bytes)>(ChunksHeld);
        await Task.WhenAll(ReceiveAsync(from, chunks.Writer), SendAsync(chunks.Reader, from, to, isAnswer));
    }

    private async Task ReceiveAsync(Socket from, ChannelWriter<(long DueAt, byte[] Bytes)> chunks)
    {
        var buffer = new byte[ChunkBytes];
        try
        {
            while (await from.ReceiveAsync(buffer, stopping.Token) is > 0 and var count)
                await chunks.WriteAsync((Environment.TickCount64 + (long)Delay.TotalMilliseconds, buffer[..count]), stopping.Token);
        }
        catch (Exception end) when (IsEnd(end))
        {
        }

        chunks.TryComplete();
    }

    private async Task SendAsync(ChannelReader<(long DueAt, byte[] Bytes)> chunks, Socket from, Socket to, bool isAnswer)
    {
        try
        {
            await foreach (var (dueAt, bytes) in chunks.ReadAllAsync(stopping.Token))
            {
                if (dueAt - Environment.TickCount64 is > 0 and var wait) await Task.Delay((int)wait, stopping.Token);
                await WhileStalledAsync();
                if (isAnswer && losesAnswer()) break;
                await to.SendAsync(bytes, stopping.Token);
            }
        }
        catch (Exception end) when (IsEnd(end))
        {
        }

        from.Dispose();
        to.Dispose();
    }

    private async Task WhileStalledAsync()
    {
        Task? waiting;
        lock (gate) waiting = stalled?.Task;
        if (waiting is not null) await waiting.WaitAsync(stopping.Token);
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0); // RST, as a network that was cut for long gives
        }
        catch (Exception closed) when (IsEnd(closed))
        {
        }

        socket.Dispose();
    }

    private static bool IsEnd(Exception end) => end is OperationCanceledException or SocketException or ObjectDisposedException or ChannelClosedException;
}
