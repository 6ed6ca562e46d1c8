using System.Buffers;

namespace DisklessKafka.Protocol.Tests.Records;

/// <summary>Test bytes that are the same in every run, and sequences of them in pieces.</summary>
internal static class Bytes
{
    public static byte[] Random(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Text-like bytes that every codec shrinks, but not to nothing.</summary>
    public static byte[] Text(int length, int seed = 1)
    {
        var random = new Random(seed);
        var words = Enumerable.Range(0, 200).Select(_ => Random(random.Next(2, 9), random.Next())).ToArray();
        var bytes = new byte[length];
        for (var position = 0; position < length;)
        {
            var word = words[random.Next(words.Length)].AsSpan();
            word = word[..Math.Min(word.Length, length - position)];
            word.CopyTo(bytes.AsSpan(position));
            position += word.Length;
        }
        return bytes;
    }

    public static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes, int pieceBytes)
    {
        if (bytes.Length <= pieceBytes) return new ReadOnlySequence<byte>(bytes);
        var first = new Piece(bytes[..pieceBytes], 0);
        var last = first;
        for (var position = pieceBytes; position < bytes.Length; position += pieceBytes)
            last = last.Append(bytes.Slice(position, Math.Min(pieceBytes, bytes.Length - position)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Two pieces, the second of which may be empty.</summary>
    public static ReadOnlySequence<byte> SplitAt(ReadOnlyMemory<byte> bytes, int position)
    {
        var first = new Piece(bytes[..position], 0);
        var last = first.Append(bytes[position..]);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var piece = new Piece(memory, RunningIndex + Memory.Length);
            Next = piece;
            return piece;
        }
    }
}
