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
internal sealed class InboundFrames(PipeReader input, FrameMemory memory, FrontEndOptions options, ConnectionDeadlines deadlines, Func<short, ValueTask> whenReady)
{
    private const int PrefixBytes = sizeof(int);
    private const int PrefixAndKeyBytes = PrefixBytes + sizeof(short);

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

        if (result.Buffer.Length < PrefixAndKeyBytes)
        {
            deadlines.BeginFrame();
            result = await ReadOnAsync(result, PrefixAndKeyBytes);
            if (result.Buffer.Length < PrefixAndKeyBytes) return NothingMore(result);
        }

        var ready = whenReady(ReadKey(result.Buffer));
        if (!ready.IsCompletedSuccessfully) await ready.AsTask().WaitAsync(closed);

        var reserved = NextReservation(result.Buffer, length);
        await memory.GrowAsync(reserved, closed);
        if (result.Buffer.Length < PrefixBytes + length) deadlines.BeginFrame();
        while (result.Buffer.Length < PrefixBytes + length)
        {
            if (result.IsCompleted || _stopping) return NothingMore(result);
            var next = NextReservation(result.Buffer, length);
            if (next > reserved) await memory.GrowAsync(next - reserved, closed);
            reserved = Math.Max(next, reserved);
            result = await ReadOnAsync(result, PrefixBytes + reserved);
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadOnAsync(ReadResult result, int bytes)
    {
        // Nothing is marked as examined: a pipe counts ReadAtLeast's minimum in bytes that were not yet examined.
        input.AdvanceTo(result.Buffer.Start);
        deadlines.AwaitFrame(bytes);
        result = await ReadAtLeastAsync(bytes);
        deadlines.PauseFrame();
        return result;
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
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        return BinaryPrimitives.ReadInt32BigEndian(prefix);
    }

    private static short ReadKey(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> key = stackalloc byte[sizeof(short)];
        buffer.Slice(PrefixBytes, sizeof(short)).CopyTo(key);
        return BinaryPrimitives.ReadInt16BigEndian(key);
    }
}
