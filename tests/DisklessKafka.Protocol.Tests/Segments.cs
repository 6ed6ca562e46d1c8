using System.Buffers;

namespace DisklessKafka.Protocol.Tests;

/// <summary>Bytes cut into segments, the way they arrive from a socket.</summary>
internal static class Segments
{
    public static ReadOnlySequence<byte> Of(params ReadOnlyMemory<byte>[] parts)
    {
        var first = new Segment(parts[0], 0);
        var last = first;
        foreach (var part in parts.Skip(1)) last = last.Append(part);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Every byte alone, with empty segments in between.</summary>
    public static ReadOnlySequence<byte> EachByteOf(byte[] bytes)
    {
        var parts = new List<ReadOnlyMemory<byte>> { ReadOnlyMemory<byte>.Empty };
        for (var i = 0; i < bytes.Length; i++)
        {
            parts.Add(bytes.AsMemory(i, 1));
            if (i % 3 == 0) parts.Add(ReadOnlyMemory<byte>.Empty);
        }

        return Of([.. parts]);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
