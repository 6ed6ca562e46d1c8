using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.TestKit;

/// <summary>
/// A client that speaks the wire and nothing else: any generated request at any version, pipelined as deep as the test
/// likes, answers matched strictly in request order; and any bytes at all. Answers are read into memory of their own, so
/// their records may be kept.
/// </summary>
public sealed class WireClient : IAsyncDisposable
{
    /// <summary>How long a test waits for something that must happen.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentQueue<Expectation> _expected = new();
    private readonly Channel<byte[]> _unexpected = Channel.CreateUnbounded<byte[]>();
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ApiKey, (short Min, short Max)> _served = [];
    private int _lastCorrelationId;
    private Task _reading = Task.CompletedTask;

    private WireClient(Socket socket, string clientId)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
        ClientId = clientId;
    }

    public string ClientId { get; }

    public Socket Socket => _socket;

    /// <summary>Completes when the server has closed the connection: null after a FIN, the exception after a reset.</summary>
    public Task<Exception?> Closed => _closed.Task;

    /// <summary>What the server offers, after <see cref="NegotiateAsync"/>.</summary>
    public IReadOnlyDictionary<ApiKey, (short Min, short Max)> Served => _served;

    /// <param name="reads">False leaves answers in the socket until <see cref="StartReading"/>, as a client that hangs does.</param>
    public static async Task<WireClient> ConnectAsync(EndPoint address, string clientId = "wire-client", bool reads = true, int? receiveBufferBytes = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes) socket.ReceiveBufferSize = bytes;
        try
        {
            await socket.ConnectAsync(address).WaitAsync(Patience);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var client = new WireClient(socket, clientId);
        if (reads) client.StartReading();
        return client;
    }

    public void StartReading() => _reading = ReadAsync();

    /// <summary>Asks for the served versions, as librdkafka and the Java client do, and falls back where the server is older.</summary>
    public async Task NegotiateAsync()
    {
        var request = new ApiVersionsRequest { ClientSoftwareName = "wire-client", ClientSoftwareVersion = "1.0" };
        var response = await SendAsync(request, 4);
        if (response.ErrorCode == ErrorCode.UnsupportedVersion) response = await SendAsync(request, 0);
        foreach (var api in response.ApiKeys) _served[(ApiKey)api.ApiKey] = (api.MinVersion, api.MaxVersion);
    }

    /// <summary>The highest version that the server offers and the generated message has.</summary>
    public short VersionFor(ApiKey key)
    {
        if (!_served.TryGetValue(key, out var served)) throw new InvalidOperationException($"the server does not offer {key}");
        return Math.Min(served.Max, ApiTable.Of(key).HighestStableVersion);
    }

    /// <summary>Sends at the negotiated version and waits for the answer.</summary>
    public Task<TResponse> SendAsync<TRequest, TResponse>(IRequest<TRequest, TResponse> request)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : IMessage<TResponse> =>
        SendAsync(request, VersionFor(TRequest.ApiKey));

    /// <summary>Sends now and completes with the answer; calls may overlap and are answered in the order they were made.</summary>
    public async Task<TResponse> SendAsync<TRequest, TResponse>(IRequest<TRequest, TResponse> request, short version)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : IMessage<TResponse>
    {
        var api = ApiTable.Of(TRequest.ApiKey);
        var correlationId = Interlocked.Increment(ref _lastCorrelationId);
        var expectation = new Expectation(correlationId);
        await _sending.WaitAsync();
        try
        {
            _expected.Enqueue(expectation);
            if (Closed.IsCompleted) throw new IOException("the connection has ended");
            await _stream.WriteAsync(WireFrames.Encode(request, TRequest.ApiKey, version, correlationId, ClientId));
        }
        finally
        {
            _sending.Release();
        }

        return WireFrames.DecodeResponse<TResponse>(await expectation.Task, api, version);
    }

    /// <summary>Sends a request that has no answer (produce with acks 0).</summary>
    public async Task SendUnansweredAsync<TRequest, TResponse>(IRequest<TRequest, TResponse> request, short version)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : IMessage<TResponse> =>
        await SendRawAsync(WireFrames.Encode(request, TRequest.ApiKey, version, Interlocked.Increment(ref _lastCorrelationId), ClientId));

    /// <summary>Sends the bytes as they are.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next answer to bytes sent raw, without its length prefix.</summary>
    public async Task<byte[]> ReadFrameAsync()
    {
        try
        {
            return await _unexpected.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"no frame came within {Patience}");
        }
    }

    /// <summary>Waits until the server has closed the connection.</summary>
    public async Task WaitUntilClosedAsync()
    {
        if (await Task.WhenAny(Closed, Task.Delay(Patience)) != Closed)
            throw new TimeoutException($"the server did not close the connection within {Patience}");
    }

    /// <summary>Sends FIN and goes on reading.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Sends RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
        await _stream.DisposeAsync();
        _sending.Dispose();
    }

    private async Task ReadAsync()
    {
        Exception? failure = null;
        try
        {
            var prefix = new byte[4];
            while (await _stream.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false) == prefix.Length)
            {
                var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
                await _stream.ReadExactlyAsync(frame);
                Take(frame);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            failure = e;
        }

        _closed.TrySetResult(failure);
        _unexpected.Writer.TryComplete(new IOException("the server closed the connection", failure));
        while (_expected.TryDequeue(out var expectation))
            expectation.TrySetException(new IOException($"the connection ended before the answer to request {expectation.CorrelationId}", failure));
    }

    private void Take(byte[] frame)
    {
        var correlationId = BinaryPrimitives.ReadInt32BigEndian(frame);
        if (!_expected.TryPeek(out var next) || (next.CorrelationId != correlationId && correlationId <= 0))
            _unexpected.Writer.TryWrite(frame);
        else if (next.CorrelationId != correlationId)
            throw new IOException($"answer {correlationId} came where {next.CorrelationId} was due");
        else if (_expected.TryDequeue(out next)) next.TrySetResult(frame);
    }

    private sealed class Expectation(int correlationId) : TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int CorrelationId => correlationId;
    }
}
