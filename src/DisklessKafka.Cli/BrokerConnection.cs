using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DisklessKafka.Protocol;

namespace DisklessKafka.Cli;

/// <summary>A client's connection in its simplest form: requests are sent as they come, answers are matched in order.</summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentQueue<TaskCompletionSource<byte[]>> _expected = new(); // bounded by what its user keeps in flight
    private NetworkStream _stream = null!;
    private Task _reading = Task.CompletedTask;
    private int _correlationId;

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<BrokerConnection> ConnectAsync(EndPoint address)
    {
        var connection = new BrokerConnection();
        await connection._socket.ConnectAsync(address);
        connection._stream = new NetworkStream(connection._socket);
        connection._reading = connection.ReadAsync();
        return connection;
    }

    /// <exception cref="IOException">The agent closed the connection.</exception>
    public async Task<TResponse> SendAsync<TRequest, TResponse>(IRequest<TRequest, TResponse> request, short version)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : IMessage<TResponse>
    {
        var api = ApiTable.Of(TRequest.ApiKey);
        var expected = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _sending.WaitAsync();
        try
        {
            _expected.Enqueue(expected);
            await _stream.WriteAsync(Encode(request, api, version, ++_correlationId));
        }
        finally
        {
            _sending.Release();
        }

        return Decode<TResponse>(await expected.Task, api, version);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
        _sending.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            var prefix = new byte[sizeof(int)];
            while (true)
            {
                await _stream.ReadExactlyAsync(prefix);
                var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
                await _stream.ReadExactlyAsync(frame);
                if (_expected.TryDequeue(out var expected)) expected.TrySetResult(frame);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            while (_expected.TryDequeue(out var expected)) expected.TrySetException(new IOException("the agent closed the connection", e));
        }
    }

    private static ReadOnlyMemory<byte> Encode(IMessage request, ApiInfo api, short version, int correlationId)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        var writer = new WireWriter(buffer);
        writer.WriteInt32(0); // the length, known at the end
        writer.WriteInt16((short)api.Key);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        writer.WriteNullableString("diskless", flexible: false);
        if (api.IsFlexible(version)) writer.WriteNoTags();
        request.Write(ref writer, version);
        writer.Flush();
        var frame = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - sizeof(int));
        return frame;
    }

    private static TResponse Decode<TResponse>(byte[] frame, ApiInfo api, short version) where TResponse : IMessage<TResponse>
    {
        var reader = new WireReader(new ReadOnlySequence<byte>(frame), WireReader.UnlimitedMemory);
        reader.ReadInt32(); // the correlation id: answers come in order
        if (api.ResponseHeaderVersion(version) >= 1) reader.SkipTags();
        return TResponse.Read(ref reader, version);
    }
}
