using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// Takes one frame after another off a connection. The frame lies in the pipe's own blocks, borrowed between
/// <see cref="ReadAsync"/> and <see cref="Finish"/>. Its memory is reserved before it is read, always as much again as
/// has arrived: a length prefix alone takes next to nothing. Only complete frames are looked at, so a large one is never
/// rescanned.
/// </summary>
internal sealed class InboundFrames(PipeReader input, FrameMemory memory, FrontEndOptions options, ConnectionDeadlines deadlines)
{
    private const int PrefixBytes = sizeof(int);

    /// <summary>API key, version, correlation id: nothing shorter can be a request.</summary>
    private const int MinFrameBytes = 8;

    /// <summary>Reserved for a frame of which less has arrived.</summary>
    private const int LeastReservedBytes = BlockPool.SmallBlockBytes;

    private SequencePosition _end;
    private volatile bool _stopping;

    /// <summary>The frame without its length prefix.</summary>
    public ReadOnlySequence<byte> Frame { get; private set; }

    /// <summary>The length that was refused, for the log.</summary>
    public int RefusedLength { get; private set; }

    /// <summary>Lets the reader end after the frames that have arrived whole.</summary>
    public void Stop()
    {
        _stopping = true;
        input.CancelPendingRead();
    }

    /// <returns><see cref="CloseReason.None"/> when <see cref="Frame"/> holds the next one, else why there is none.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CloseReason> ReadAsync(CancellationToken closed)
    {
        var result = await ReadAtLeastAsync(PrefixBytes);
        if (result.Buffer.Length < PrefixBytes) return NothingMore(result);

        var length = ReadLength(result.Buffer);
        if (length < MinFrameBytes || length > options.MaxFrameBytes)
        {
            RefusedLength = length;
            input.AdvanceTo(result.Buffer.Start);
            return CloseReason.BadFrameLength;
        }

        var reserved = NextReservation(result.Buffer, length);
        await memory.GrowAsync(reserved, closed);
        if (result.Buffer.Length < PrefixBytes + length) deadlines.BeginFrame();
        while (result.Buffer.Length < PrefixBytes + length)
        {
            if (result.IsCompleted || _stopping) return NothingMore(result);
            var next = NextReservation(result.Buffer, length);

            // Nothing is marked as examined: a pipe counts ReadAtLeast's minimum in bytes that were not yet examined.
            input.AdvanceTo(result.Buffer.Start);
            if (next > reserved) await memory.GrowAsync(next - reserved, closed);
            reserved = Math.Max(next, reserved);

            deadlines.AwaitFrame(reserved);
            result = await ReadAtLeastAsync(PrefixBytes + reserved);
            deadlines.PauseFrame();
        }

        // Decoding may cost more than the frame itself; past the capacity it waits, so that no more than one frame a
        // processor is over it at a time.
        if (length > options.BlockBytes) await memory.GrowAsync(0, closed);
        _end = result.Buffer.GetPosition(PrefixBytes + length);
        Frame = result.Buffer.Slice(PrefixBytes, length);
        return CloseReason.None;
    }

    /// <summary>Gives the frame's blocks back. <paramref name="keptBytes"/> of its reservation pass on to the pending reply.</summary>
    public void Finish(long keptBytes)
    {
        Frame = default;
        input.AdvanceTo(_end);
        memory.Finish(keptBytes);
    }

    private ValueTask<ReadResult> ReadAtLeastAsync(int bytes)
    {
        if (!_stopping) return input.ReadAtLeastAsync(bytes);
        return ValueTask.FromResult(input.TryRead(out var result) ? result : new ReadResult(default, isCanceled: true, isCompleted: false));
    }

    private CloseReason NothingMore(ReadResult result)
    {
        var partial = !result.Buffer.IsEmpty;
        if (partial) input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        if (_stopping) return CloseReason.Drained;
        return partial ? CloseReason.TruncatedFrame : CloseReason.ClientLeft;
    }

    private static int NextReservation(in ReadOnlySequence<byte> buffer, int length) =>
        (int)Math.Min(length, Math.Max(LeastReservedBytes, 2 * buffer.Length));

    private static int ReadLength(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.FirstSpan.Length >= PrefixBytes) return BinaryPrimitives.ReadInt32BigEndian(buffer.FirstSpan);
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        return BinaryPrimitives.ReadInt32BigEndian(prefix);
    }
}
