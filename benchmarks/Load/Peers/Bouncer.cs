using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace DisklessKafka.Load.Peers;

/// <summary>
/// Answers every frame with its correlation id and nothing else: one thread that waits, receives and sends, straight on the kernel.
/// No server that hears of each request by itself can take less; what it takes is what sockets cost.
/// </summary>
internal sealed partial class Bouncer : IDisposable
{
    private const int AddToSet = 1, TakeFromSet = 2, ReadyToRead = 1; // EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN
    private const int Interrupted = 4;               // EINTR
    private const int MaxEvents = 256, EventBytes = 12, HandleAt = 4; // struct epoll_event: packed on x86-64
    private const int CorrelationAt = 8;             // behind length, API key and version
    private const int AnswerBytes = 14;              // length, correlation id, throttle time, no error

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _connections = [];
    private readonly int _set;

    public Bouncer()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("this yardstick is for Linux on x86-64");
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4_096);
        _set = epoll_create1(0);
        if (_set < 0) throw new Win32Exception();
        Watch(_listener);
    }

    public string Bootstrap => _listener.LocalEndPoint!.ToString()!;

    /// <summary>Serves for as long as the process lives.</summary>
    public void Run()
    {
        var (events, received, answers) = (new byte[MaxEvents * EventBytes], new byte[64 << 10], new byte[64 << 10]);
        var listener = (int)_listener.Handle;
        while (true)
        {
            var count = epoll_wait(_set, events, MaxEvents, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted) throw new Win32Exception();
            for (var i = 0; i < count; i++)
            {
                var handle = BinaryPrimitives.ReadInt32LittleEndian(events.AsSpan(i * EventBytes + HandleAt));
                if (handle == listener) Accept();
                else Answer(handle, received, answers);
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var connection in _connections) connection.Dispose();
        _ = close(_set);
    }

    private void Accept()
    {
        var connection = _listener.Accept();
        connection.NoDelay = true;
        _connections.Add(connection);
        Watch(connection);
    }

    private void Watch(Socket socket)
    {
        Span<byte> wanted = stackalloc byte[EventBytes];
        BinaryPrimitives.WriteInt32LittleEndian(wanted, ReadyToRead);
        BinaryPrimitives.WriteInt64LittleEndian(wanted[HandleAt..], socket.Handle);
        if (epoll_ctl(_set, AddToSet, (int)socket.Handle, wanted) < 0) throw new Win32Exception();
    }

    /// <summary>Frames come whole here: each is sent at once, and far smaller than what one read takes.</summary>
    private void Answer(int handle, byte[] received, byte[] answers)
    {
        var (count, length) = ((int)recv(handle, received, received.Length, 0), 0);
        if (count <= 0)
        {
            _ = epoll_ctl(_set, TakeFromSet, handle, received);
            return;
        }

        for (var at = 0; at < count; at += sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(received.AsSpan(at)))
        {
            var answer = answers.AsSpan(length, AnswerBytes);
            answer.Clear();
            BinaryPrimitives.WriteInt32BigEndian(answer, AnswerBytes - sizeof(int));
            received.AsSpan(at + CorrelationAt, sizeof(int)).CopyTo(answer[sizeof(int)..]);
            length += AnswerBytes;
        }

        _ = send(handle, answers, length, 0);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int set, int operation, int handle, ReadOnlySpan<byte> wanted);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int set, byte[] events, int maxEvents, int timeoutMs);

    [LibraryImport("libc")]
    private static partial nint recv(int handle, byte[] into, nint length, int flags);

    [LibraryImport("libc")]
    private static partial nint send(int handle, byte[] bytes, nint length, int flags);

    [LibraryImport("libc")]
    private static partial int close(int handle);
}
