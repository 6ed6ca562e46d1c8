using System.Buffers;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.State;

/// <summary>
/// Takes an entry's payload apart: the feature level it was written at, the number of commands, then each command's
/// type, version and length (unsigned varints) in front of its body.
/// </summary>
internal ref struct EntryReader
{
    private readonly ReadOnlyMemory<byte> _payload;
    private WireReader _reader;
    private int _read;

    /// <exception cref="UnknownFeatureLevelException">A newer version wrote it.</exception>
    /// <exception cref="WireFormatException">It is no entry.</exception>
    public EntryReader(ReadOnlyMemory<byte> payload, short newestLevel = FeatureLevels.Newest)
    {
        _payload = payload;
        _reader = new WireReader(new ReadOnlySequence<byte>(payload), WireReader.UnlimitedMemory);
        var level = _reader.ReadUnsignedVarint();
        if (level > newestLevel) throw new UnknownFeatureLevelException((int)Math.Min(level, int.MaxValue));
        Level = (short)level;
        var count = _reader.ReadUnsignedVarint();
        if (count > payload.Length) throw new WireFormatException($"An entry of {count} commands in {payload.Length} bytes.");
        Count = (int)count;
    }

    public short Level { get; }

    public int Count { get; }

    public bool TryNext(out EntryCommand command)
    {
        if (_read++ == Count)
        {
            if (_reader.Remaining != 0) throw new WireFormatException($"{_reader.Remaining} bytes after the entry's last command.");
            command = default;
            return false;
        }

        var type = (CommandType)_reader.ReadUnsignedVarint();
        var version = _reader.ReadUnsignedVarint();
        var length = _reader.ReadUnsignedVarint();
        var start = (int)_reader.Consumed;
        _reader.Skip(length);
        command = new EntryCommand(type, version, _payload.Slice(start, (int)length));
        return true;
    }
}

/// <summary>One command of an entry, not decoded yet.</summary>
internal readonly record struct EntryCommand(CommandType Type, uint Version, ReadOnlyMemory<byte> Body)
{
    /// <exception cref="WireFormatException">The body is not such a message.</exception>
    public T Read<T>() where T : IMessage<T>
    {
        if (Version != EntryWriter.CommandVersion) throw new WireFormatException($"There is no version {Version} of the command {Type} at this feature level.");
        var reader = new WireReader(new ReadOnlySequence<byte>(Body), WireReader.UnlimitedMemory);
        var message = T.Read(ref reader, (short)Version);
        return reader.Remaining == 0 ? message : throw new WireFormatException($"{reader.Remaining} bytes after the command {Type}.");
    }
}
