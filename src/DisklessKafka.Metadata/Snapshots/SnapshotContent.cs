using System.Buffers;
using DisklessKafka.Protocol;

namespace DisklessKafka.Metadata.Snapshots;

/// <summary>Frames one behind the other, as the object store takes them, without one large buffer.</summary>
internal sealed class SnapshotContent
{
    private readonly Piece _first = new(ReadOnlyMemory<byte>.Empty, 0);
    private Piece _last;

    public SnapshotContent() => _last = _first;

    public int Frames { get; private set; }

    public void Add(FrameKind kind, IMessage message)
    {
        Frames++;
        Add(SnapshotFrames.Encode(kind, message));
    }

    public void Add(ReadOnlyMemory<byte> bytes) => _last = _last.Append(bytes);

    public ReadOnlySequence<byte> ToSequence() => new(_first, 0, _last, _last.Memory.Length);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
