using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using DisklessKafka.Protocol.Records;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Metadata.Snapshots;

/// <summary>Reads one snapshot object into a new state, a few megabytes at a time.</summary>
internal sealed class SnapshotReader(IObjectStore objects, ObjectInfo snapshot, short newestLevel = FeatureLevels.Newest)
{
    private const int ReadBytes = 8 << 20;

    private byte[] _buffer = new byte[(int)Math.Min(ReadBytes, snapshot.Size)];
    private int _start; // of what is not used yet
    private int _end;
    private long _position; // in the object, of what is read next

    /// <exception cref="CorruptStateException">The object is not a whole snapshot.</exception>
    /// <exception cref="UnknownFeatureLevelException">A newer version wrote it.</exception>
    public async Task<ClusterState> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            return await ReadFramesAsync(cancellation);
        }
        catch (Exception e) when (e is WireFormatException or IndexOutOfRangeException or ArgumentException or OverflowException)
        {
            throw new CorruptStateException($"the snapshot {snapshot.Key} cannot be read: {e.Message}", e); // past every checksum, yet none
        }
    }

    private async Task<ClusterState> ReadFramesAsync(CancellationToken cancellation)
    {
        var magic = await TakeAsync(SnapshotFrames.Magic.Length, cancellation);
        if (!magic.Span.SequenceEqual(SnapshotFrames.Magic)) throw new CorruptStateException($"{snapshot.Key} is no snapshot of a version this agent knows");
        var state = new ClusterState { NewestFeatureLevel = newestLevel };
        SnapshotHeader? header = null;
        for (var frames = 1; ; frames++)
        {
            var (kind, body) = await NextAsync(cancellation);
            if (kind == FrameKind.End)
            {
                if (header is null || Read<SnapshotEnd>(body).Frames != frames) throw new CorruptStateException($"{snapshot.Key} lacks frames");
                state.EndRestore(header);
                return state;
            }

            if (kind == FrameKind.Header) state.Restore(header = Read<SnapshotHeader>(body));
            else Restore(state, header ?? throw new CorruptStateException($"{snapshot.Key} has no header"), kind, body);
        }
    }

    private void Restore(ClusterState state, SnapshotHeader header, FrameKind kind, ReadOnlyMemory<byte> body)
    {
        switch (kind)
        {
            case FrameKind.Sessions:
                state.Restore(header, Read<SnapshotSessions>(body));
                break;
            case FrameKind.Topics:
                state.Restore(Read<SnapshotTopics>(body));
                break;
            case FrameKind.Configs:
                state.Restore(Read<SnapshotConfigs>(body));
                break;
            case FrameKind.Segments:
                state.Restore(Read<SnapshotSegments>(body));
                break;
            case FrameKind.Extents:
                state.Restore(Read<SnapshotExtents>(body));
                break;
            case FrameKind.Producers:
                state.Restore(Read<SnapshotProducers>(body));
                break;
            case FrameKind.Groups:
                state.Restore(Read<SnapshotGroups>(body));
                break;
            case FrameKind.Offsets:
                state.Restore(Read<SnapshotOffsets>(body));
                break;
            case FrameKind.Transactions:
                state.Restore(Read<SnapshotTransactions>(body));
                break;
            case FrameKind.Markers:
                state.Restore(Read<SnapshotMarkers>(body));
                break;
            default:
                throw new CorruptStateException($"{snapshot.Key} has a frame of the unknown kind {(int)kind}");
        }
    }

    private static T Read<T>(ReadOnlyMemory<byte> body) where T : IMessage<T>
    {
        var reader = new WireReader(new ReadOnlySequence<byte>(body), WireReader.UnlimitedMemory);
        return T.Read(ref reader, SnapshotFrames.MessageVersion);
    }

    /// <summary>The next frame, checked. Its body lives until the next call.</summary>
    private async ValueTask<(FrameKind Kind, ReadOnlyMemory<byte> Body)> NextAsync(CancellationToken cancellation)
    {
        await FillAsync(SnapshotFrames.HeadBytes, cancellation);
        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start + 1));
        var whole = SnapshotFrames.HeadBytes + length + SnapshotFrames.ChecksumBytes;
        if (whole > _end - _start + (snapshot.Size - _position)) throw new CorruptStateException($"{snapshot.Key} ends inside of a frame");
        var frame = await TakeAsync((int)whole, cancellation);
        var content = frame[..^SnapshotFrames.ChecksumBytes];
        if (Crc32C.Compute(content.Span) != BinaryPrimitives.ReadUInt32BigEndian(frame.Span[^SnapshotFrames.ChecksumBytes..]))
            throw new CorruptStateException($"{snapshot.Key} has a frame whose checksum is wrong");
        return ((FrameKind)content.Span[0], content[SnapshotFrames.HeadBytes..]);
    }

    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int count, CancellationToken cancellation)
    {
        await FillAsync(count, cancellation);
        var taken = _buffer.AsMemory(_start, count);
        _start += count;
        return taken;
    }

    /// <summary>Has at least that many bytes at hand.</summary>
    private async ValueTask FillAsync(int count, CancellationToken cancellation)
    {
        if (_end - _start >= count) return;
        var rest = _end - _start;
        var buffer = count <= _buffer.Length ? _buffer : new byte[Math.Max(count, ReadBytes)];
        _buffer.AsSpan(_start, rest).CopyTo(buffer);
        (_buffer, _start, _end) = (buffer, 0, rest);
        while (_end < count)
        {
            var read = await objects.ReadAsync(snapshot.Key, _position, _buffer.AsMemory(_end), cancellation);
            if (read == 0) throw new CorruptStateException($"{snapshot.Key} ends too early, at byte {_position}");
            _end += read;
            _position += read;
        }
    }
}
