using System.Buffers;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>What the native streaming decoders have in common: they take and give what they can, one step at a time.</summary>
internal abstract class StreamingDecompressor : Decompressor
{
    private readonly byte[] _chunk = GC.AllocateUninitializedArray<byte>(ChunkBytes);
    private ReadOnlySequence<byte> _input;
    private SequencePosition _next;
    private ReadOnlyMemory<byte> _segment;
    private bool _isFrameOpen;

    protected override void Begin(in ReadOnlySequence<byte> input)
    {
        _input = input;
        _next = input.Start;
        _segment = default;
        _isFrameOpen = true; // no frame at all is not a valid input either
        Reset();
    }

    protected override ReadOnlySpan<byte> Produce(long limit)
    {
        while (true)
        {
            while (_segment.IsEmpty && _input.TryGet(ref _next, out _segment))
            {
            }
            // Frames may follow one another: the end is where the input ends and no frame is open.
            if (_segment.IsEmpty && !_isFrameOpen) return default;

            var status = Step(_segment.Span, _chunk, out var consumed, out var produced, out _isFrameOpen);
            if (status == DecompressionStatus.Ok && produced > 0)
            {
                _segment = _segment[consumed..];
                return _chunk.AsSpan(0, produced);
            }
            // Taking nothing and giving nothing, it waits for bytes that are not there.
            if (status == DecompressionStatus.Ok && consumed == 0) status = DecompressionStatus.Corrupt;
            if (status != DecompressionStatus.Ok)
            {
                Fail(status);
                return default;
            }
            _segment = _segment[consumed..];
        }
    }

    protected override void End()
    {
        _input = default;
        _segment = default;
        _next = default;
    }

    /// <summary>Forgets the last input.</summary>
    protected abstract void Reset();

    /// <summary>Decodes some of <paramref name="source"/>, which may be empty, into <paramref name="destination"/>.</summary>
    /// <param name="isFrameOpen">False where a frame has ended and all of it was given out.</param>
    protected abstract DecompressionStatus Step(
        ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int produced, out bool isFrameOpen);
}
