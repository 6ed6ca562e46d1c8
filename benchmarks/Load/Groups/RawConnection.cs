using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace DisklessKafka.Load.Groups;

/// <summary>
/// Sends encoded frames and takes apart what comes, in one buffer each way: so that next to nothing is spent on this side where
/// requests are many and small.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    private const int LengthBytes = 4, CorrelationBytes = 4;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[256 << 10];
    private byte[] _unsent = new byte[64 << 10];
    private int _unsentBytes;
    private int _from;
    private int _to;

    public static async Task<RawConnection> ConnectAsync(string bootstrap)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(IPEndPoint.Parse(bootstrap.Replace("localhost", "127.0.0.1", StringComparison.Ordinal)));
        return connection;
    }

    /// <summary>Puts a frame behind those that go out with the next <see cref="FlushAsync"/>.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        if (_unsent.Length - _unsentBytes < frame.Length) Array.Resize(ref _unsent, Math.Max(_unsent.Length * 2, _unsentBytes + frame.Length));
        frame.CopyTo(_unsent.AsSpan(_unsentBytes));
        _unsentBytes += frame.Length;
    }

    public async ValueTask FlushAsync()
    {
        for (var sent = 0; sent < _unsentBytes;) sent += await _socket.SendAsync(_unsent.AsMemory(sent, _unsentBytes - sent));
        _unsentBytes = 0;
    }

    /// <summary>Waits until at least one whole answer is there.</summary>
    /// <returns>False once the broker has closed the connection.</returns>
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellation = default)
    {
        while (NextFrameBytes() is not { } bytes || _to - _from < bytes)
        {
            if (_from > 0)
            {
                _received.AsSpan(_from, _to - _from).CopyTo(_received);
                (_from, _to) = (0, _to - _from);
            }

            var count = await _socket.ReceiveAsync(_received.AsMemory(_to), cancellation);
            if (count == 0) return false;
            _to += count;
        }

        return true;
    }

    /// <summary>The body of the next answer that is wholly there, and the number of its request. Valid until the next wait.</summary>
    public bool TryTake(out int correlationId, out ReadOnlySpan<byte> body)
    {
        correlationId = 0;
        body = default;
        if (NextFrameBytes() is not { } bytes || _to - _from < bytes) return false;
        correlationId = BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(_from + LengthBytes));
        body = _received.AsSpan(_from + LengthBytes + CorrelationBytes, bytes - LengthBytes - CorrelationBytes);
        _from += bytes;
        return true;
    }

    public void Dispose() => _socket.Dispose();

    private int? NextFrameBytes() => _to - _from < LengthBytes ? null : LengthBytes + BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(_from));
}
