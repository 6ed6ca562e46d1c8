using System.Buffers;
using System.Reflection;

namespace DisklessKafka.Protocol.Tests.Messages;

/// <summary>Every generated message, found by reflection so that none is forgotten.</summary>
internal static class MessageTypes
{
    public static IReadOnlyList<MessageType> All { get; } =
    [
        .. typeof(IMessage).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IMessage)))
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => new MessageType(type)),
    ];

    /// <summary>The messages of Kafka: those of the metadata log are tested where they are used.</summary>
    public static IEnumerable<MessageType> Kafka => All.Where(type => type.Type.Namespace == "DisklessKafka.Protocol.Messages");

    public static IEnumerable<(MessageType Type, short Version)> Versions =>
        All.SelectMany(type => type.Versions.Select(version => (type, version)));
}

/// <summary>A generated message behind the interface that all of them share.</summary>
internal sealed class MessageType
{
    private readonly ReadAction _read;

    public MessageType(Type type)
    {
        Type = type;
        _read = typeof(MessageType).GetMethod(nameof(ReadTyped), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).CreateDelegate<ReadAction>();
        LowestVersion = (short)type.GetField("LowestVersion")!.GetRawConstantValue()!;
        HighestVersion = (short)type.GetField("HighestVersion")!.GetRawConstantValue()!;
    }

    private delegate IMessage ReadAction(ReadOnlySequence<byte> bytes, short version, out long left);

    public Type Type { get; }

    public short LowestVersion { get; }

    public short HighestVersion { get; }

    /// <summary>Messages with an open end read the same from some version on; two beyond the lowest stand for all.</summary>
    public IEnumerable<short> Versions =>
        Enumerable.Range(LowestVersion, Math.Min(HighestVersion - LowestVersion, HighestVersion == short.MaxValue ? 2 : int.MaxValue) + 1).Select(version => (short)version);

    /// <param name="left">How many bytes were not read.</param>
    public IMessage Read(ReadOnlySequence<byte> bytes, short version, out long left) => _read(bytes, version, out left);

    public IMessage Read(byte[] bytes, short version) => _read(new ReadOnlySequence<byte>(bytes), version, out _);

    public static byte[] Write(IMessage message, short version)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        message.Write(ref writer, version);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public override string ToString() => Type.Name;

    private static IMessage ReadTyped<T>(ReadOnlySequence<byte> bytes, short version, out long left) where T : IMessage<T>
    {
        var reader = new WireReader(bytes);
        var message = T.Read(ref reader, version);
        left = reader.Remaining;
        return message;
    }
}
