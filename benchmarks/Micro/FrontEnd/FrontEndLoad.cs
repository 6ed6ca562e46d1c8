using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Micro.FrontEnd;

/// <summary>The load of <see cref="FrontEndThroughput"/>: sends one encoded produce request over and over, eight ahead of the answers, until it is killed or cut off.</summary>
internal static class FrontEndLoad
{
    private const int InFlight = 8;

    public static async Task<int> RunAsync(string[] args)
    {
        var port = int.Parse(args[0], CultureInfo.InvariantCulture);
        var connections = int.Parse(args[1], CultureInfo.InvariantCulture);
        var frame = Encode(int.Parse(args[2], CultureInfo.InvariantCulture));
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => DriveAsync(port, frame)));
        return 0;
    }

    private static async Task DriveAsync(int port, byte[] frame)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        using var window = new SemaphoreSlim(InFlight);
        var answers = TakeAnswersAsync(socket, window);
        try
        {
            while (true)
            {
                await window.WaitAsync();
                for (var sent = 0; sent < frame.Length;) sent += await socket.SendAsync(frame.AsMemory(sent));
            }
        }
        catch (SocketException)
        {
            await answers;
        }
    }

    private static async Task TakeAnswersAsync(Socket socket, SemaphoreSlim window)
    {
        var buffer = new byte[64 << 10];
        var filled = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(filled)) is > 0 and var received)
            {
                filled += received;
                var at = 0;
                while (filled - at >= 4 && filled - at >= 4 + BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(at)))
                {
                    at += 4 + BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(at));
                    window.Release();
                }

                buffer.AsSpan(at, filled - at).CopyTo(buffer);
                filled -= at;
            }
        }
        catch (SocketException)
        {
            // The server has gone; so does the load.
        }
    }

    private static byte[] Encode(int recordsBytes)
    {
        var records = new byte[recordsBytes];
        new Random(1).NextBytes(records);
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = new TopicName("load"), PartitionData = [new() { Index = 0, Records = new RecordsField(records) }] }],
        };
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteInt32(0);
        writer.WriteInt16((short)ApiKey.Produce);
        writer.WriteInt16(9);
        writer.WriteInt32(1);
        writer.WriteNullableString("load", flexible: false);
        writer.WriteNoTags();
        request.Write(ref writer, 9);
        writer.Flush();
        var frame = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        return frame;
    }
}
