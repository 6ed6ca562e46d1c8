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

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<int> _target;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _sockets = [];
    private readonly Task _accepting;
    private Func<bool> _losesAnswer = () => false;
    private TaskCompletionSource? _stalled;
    private volatile bool _isCut;
    private long _delayTicks;

    /// <param name="target">The loopback port that is relayed to.</param>
    public CuttingProxy(int target)
        : this(() => target)
    {
    }

    /// <param name="target">Says of each new connection to which loopback port it is relayed.</param>
    public CuttingProxy(Func<int> target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How much later everything arrives, in each direction.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _delayTicks));
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>Asked before each answer is relayed; where it says yes, the answer is dropped and the connection cut.</summary>
    public void LoseAnswers(Func<bool> when) => _losesAnswer = when;

    /// <summary>From now on nothing is relayed in either direction and nothing is closed, until <see cref="Heal"/>.</summary>
    public void Stall()
    {
        lock (_gate) _stalled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Resets every connection, and every new one at once, until <see cref="Heal"/>.</summary>
    public void Cut()
    {
        _isCut = true;
        lock (_gate)
        {
            foreach (var socket in _sockets) Reset(socket);
            _sockets.Clear();
        }
    }

    /// <summary>Ends a cut, a stall and a delay.</summary>
    public void Heal()
    {
        _isCut = false;
        Delay = TimeSpan.Zero;
        TaskCompletionSource? waiting;
        lock (_gate) (waiting, _stalled) = (_stalled, null);
        waiting?.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token);
                if (_isCut) Reset(client);
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
        lock (_gate) _sockets.UnionWith([client, server]);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target(), _stopping.Token);
            if (_isCut) throw new SocketException((int)SocketError.ConnectionReset);
            await Task.WhenAll(RelayAsync(client, server, isAnswer: false), RelayAsync(server, client, isAnswer: true));
        }
        catch (Exception end) when (IsEnd(end))
        {
        }

        lock (_gate) _sockets.ExceptWith([client, server]);
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
            while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and var count)
                await chunks.WriteAsync((Environment.TickCount64 + (long)Delay.TotalMilliseconds, buffer[..count]), _stopping.Token);
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
            await foreach (var (dueAt, bytes) in chunks.ReadAllAsync(_stopping.Token))
            {
                if (dueAt - Environment.TickCount64 is > 0 and var wait) await Task.Delay((int)wait, _stopping.Token);
                await WhileStalledAsync();
                if (isAnswer && _losesAnswer()) break;
                await to.SendAsync(bytes, _stopping.Token);
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
        lock (_gate) waiting = _stalled?.Task;
        if (waiting is not null) await waiting.WaitAsync(_stopping.Token);
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
