using System.IO.Pipelines;
using System.Threading.Channels;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Metadata;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// Answers a connection's requests in request order: waits for the oldest, encodes it straight into the socket's pipe,
/// goes on to the next while that is ready too, then flushes once. Whatever happens to the connection, it waits for every
/// handler it was given, so that each gives its memory back.
/// </summary>
internal sealed class ReplyWriter(PipeWriter output, FrontEnd shared, InFlightWindow window, ConnectionDeadlines deadlines, ConnectionFacts facts, Action<CloseReason> close)
{
    /// <summary>Unsent bytes past which a flush does not wait for more answers: one socket block.</summary>
    private const int FlushBytes = 256 << 10;

    // Unbounded, because the window bounds it: the reading loop enters nothing while the window is full.
    // The loop runs on the reader's stack up to its first wait, which saves answers that are ready at once a hop.
    private readonly Channel<PendingReply> _queue = Channel.CreateUnbounded<PendingReply>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = true });

    private long _unflushedBytes;
    private bool _outputEnded;

    public void Enqueue(PendingReply reply) => _queue.Writer.TryWrite(reply);

    /// <summary>No more requests will come; <see cref="RunAsync"/> ends after the last answer.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    public async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (_queue.Reader.TryRead(out var reply))
            {
                try
                {
                    await AnswerAsync(reply);
                }
                catch (Exception failure)
                {
                    // Half an answer may lie in the pipe: nothing can be sent after it.
                    shared.HandlerFailed(reply, facts, failure);
                    End(CloseReason.InternalError);
                }
                finally
                {
                    Settle(reply);
                }
            }
        }
    }

    private async ValueTask AnswerAsync(PendingReply reply)
    {
        var response = await ResponseAsync(reply);
        if (response is not null && !_outputEnded) await WriteAsync(reply, response);
        if (_unflushedBytes > 0 && (reply.Context.ClosesConnection || !NextIsReady())) await FlushAsync();
        if (reply.Context.ClosesConnection && !_outputEnded) End(CloseReason.HandlerAsked);
    }

    private async ValueTask<IMessage?> ResponseAsync(PendingReply reply)
    {
        try
        {
            return await reply.ResponseAsync();
        }
        catch (OperationCanceledException) when (reply.Context.Aborted.IsCancellationRequested)
        {
            End(CloseReason.ClientLeft);
            return null;
        }
        catch (ReplicaStoppedException)
        {
            // Not every API has an error that a client tries again after; a lost connection is one, and leads to another agent.
            End(CloseReason.ReplicaStopped);
            return null;
        }
        catch (Exception failure)
        {
            shared.HandlerFailed(reply, facts, failure);
            var error = reply.ErrorResponse();
            if (error is null) End(CloseReason.HandlerFailed);
            return error;
        }
    }

    private async ValueTask WriteAsync(PendingReply reply, IMessage response)
    {
        var frame = new ReplyFrame(reply, response);
        if (frame.TotalBytes <= FlushBytes)
        {
            Write(frame);
            return;
        }

        // Memory is waited for with nothing unsent behind us: nobody's answer hangs on somebody else's slow client.
        if (_unflushedBytes > 0) await FlushAsync();
        if (!await TakeMemoryAsync(frame.TotalBytes, reply.Context.Aborted)) return;
        try
        {
            Write(frame);
            await FlushAsync();
        }
        finally
        {
            shared.ReplyMemory.Release(frame.TotalBytes);
        }
    }

    private async ValueTask<bool> TakeMemoryAsync(long bytes, CancellationToken aborted)
    {
        try
        {
            await shared.ReplyMemory.TakeAsync(bytes, aborted);
            return true;
        }
        catch (OperationCanceledException)
        {
            End(CloseReason.ClientLeft);
            return false;
        }
    }

    private void Write(ReplyFrame frame)
    {
        frame.WriteTo(output);
        _unflushedBytes += frame.TotalBytes;
        shared.Metrics.ReplyWritten(frame.Reply, frame.TotalBytes);
    }

    private async ValueTask FlushAsync()
    {
        var bytes = _unflushedBytes;
        _unflushedBytes = 0;
        deadlines.BeginWrite(bytes);
        try
        {
            var result = await output.FlushAsync();
            if (result.IsCompleted || result.IsCanceled) End(CloseReason.ClientLeft);
        }
        catch (Exception)
        {
            End(CloseReason.ClientLeft); // a reset in the middle of an answer; the reading loop sees it too
        }
        finally
        {
            deadlines.EndWrite();
        }
    }

    private bool NextIsReady() => _unflushedBytes < FlushBytes && _queue.Reader.TryPeek(out var next) && next.IsCompleted;

    private void End(CloseReason reason)
    {
        if (_outputEnded) return;
        _outputEnded = true;
        close(reason);
    }

    private void Settle(PendingReply reply)
    {
        reply.Context.DisposeLeases();
        shared.RequestMemory.Release(reply.KeptBytes);
        shared.Metrics.RequestEnded(reply, shared.Time.GetElapsedTime(reply.Context.ReceivedAt));
        window.Leave(reply.Context.FrameBytes);
        deadlines.EndRequest();
    }
}
