using System.Buffers;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State;

/// <summary>Puts entries together; the counterpart of <see cref="EntryReader"/>.</summary>
internal static class EntryWriter
{
    /// <summary>Of every command at the feature levels there are.</summary>
    public const short CommandVersion = 0;

    /// <summary>One command as it stands in an entry.</summary>
    public static ReadOnlyMemory<byte> Encode(CommandType type, IMessage body)
    {
        var counter = WireWriter.Counting();
        body.Write(ref counter, CommandVersion);
        var length = (int)counter.BytesWritten;
        var buffer = new ArrayBufferWriter<byte>(length + 16); // type, version and length take at most 12
        var writer = new WireWriter(buffer);
        writer.WriteUnsignedVarint((uint)type);
        writer.WriteUnsignedVarint((uint)CommandVersion);
        writer.WriteUnsignedVarint((uint)length);
        body.Write(ref writer, CommandVersion);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <param name="commands">As <see cref="Encode(CommandType, IMessage)"/> gave them.</param>
    public static ReadOnlyMemory<byte> Encode(short level, IReadOnlyList<ReadOnlyMemory<byte>> commands)
    {
        var buffer = new ArrayBufferWriter<byte>(16 + commands.Sum(command => command.Length));
        var writer = new WireWriter(buffer);
        writer.WriteUnsignedVarint((uint)level);
        writer.WriteUnsignedVarint((uint)commands.Count);
        foreach (var command in commands) writer.WriteRaw(command.Span);
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
