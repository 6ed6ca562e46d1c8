using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Protocol;

namespace DisklessKafka.TestKit;

/// <summary>Frames of requests and responses, as clients make and take them.</summary>
public static class WireFrames
{
    /// <summary>Length prefix, header and body.</summary>
    public static byte[] Encode(IMessage request, ApiKey key, short version, int correlationId, string? clientId = "wire-client")
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteInt32(0);
        WriteHeader(ref writer, key, version, correlationId, clientId, ApiTable.Of(key).IsFlexible(version));
        request.Write(ref writer, version);
        writer.Flush();
        return Prefixed(buffer);
    }

    /// <summary>Length prefix, header and whatever stands for a body.</summary>
    public static byte[] Raw(short key, short version, int correlationId, ReadOnlySpan<byte> body, bool flexibleHeader = false, string? clientId = "wire-client")
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteInt32(0);
        WriteHeader(ref writer, (ApiKey)key, version, correlationId, clientId, flexibleHeader);
        writer.WriteRaw(body);
        writer.Flush();
        return Prefixed(buffer);
    }

    /// <summary>Decodes an answer without its length prefix.</summary>
    public static TResponse DecodeResponse<TResponse>(ReadOnlyMemory<byte> frame, ApiInfo api, short version)
        where TResponse : IMessage<TResponse>
    {
        var reader = new WireReader(new ReadOnlySequence<byte>(frame), WireReader.UnlimitedMemory);
        reader.ReadInt32();
        if (api.ResponseHeaderVersion(version) >= 1) reader.SkipTags();
        var response = TResponse.Read(ref reader, version);
        return reader.Remaining == 0 ? response : throw new WireFormatException($"{reader.Remaining} bytes are left after the answer to {api.Name} v{version}");
    }

    private static void WriteHeader(ref WireWriter writer, ApiKey key, short version, int correlationId, string? clientId, bool flexible)
    {
        writer.WriteInt16((short)key);
        writer.WriteInt16(version);
        writer.WriteInt32(correlationId);
        writer.WriteNullableString(clientId, flexible: false);
        if (flexible) writer.WriteNoTags();
    }

    private static byte[] Prefixed(ArrayBufferWriter<byte> buffer)
    {
        var frame = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - sizeof(int));
        return frame;
    }
}
