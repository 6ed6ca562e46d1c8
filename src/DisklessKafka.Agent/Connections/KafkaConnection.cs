using System.IO.Pipelines;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// One client connection: a loop that reads frames and starts their handlers, and a loop that answers in the same order.
/// Requests run concurrently, as many as the window lets in; that is what makes a pipelining producer fast when a write
/// takes as long as an object store does.
/// </summary>
internal sealed class KafkaConnection : IDisposable
{
    private readonly ConnectionContext _transport;
    private readonly FrontEnd _shared;
    private readonly ConnectionDeadlines _deadlines;
    private readonly InFlightWindow _window;
    private readonly FrameMemory _memory;
    private readonly InboundFrames _frames;
    private readonly ReplyWriter _replies;
    private readonly CancellationTokenSource _aborted = new();
    private int _reason;
    private string? _detail;

    public KafkaConnection(ConnectionContext transport, ConnectionFacts facts, FrontEnd shared)
    {
        _transport = transport;
        _shared = shared;
        Facts = facts;
        _deadlines = new ConnectionDeadlines(shared.Time, shared.Options);
        _window = new InFlightWindow(shared.Options.MaxInFlightRequests, shared.Options.MaxInFlightBytes);
        _memory = new FrameMemory(shared.RequestMemory);
        _frames = new InboundFrames(transport.Transport.Input, _memory, shared.Options, _deadlines, shared.WhenReadyAsync);
        _replies = new ReplyWriter(transport.Transport.Output, shared, _window, _deadlines, facts, OutputEnded);
    }

    public ConnectionFacts Facts { get; }

    /// <summary>The client has sent a request.</summary>
    public bool HasAsked => _deadlines.SawRequest;

    /// <summary>Serves the client until it leaves or must go, and every request it sent has been settled.</summary>
    public async Task RunAsync()
    {
        using var left = _transport.ConnectionClosed.UnsafeRegister(static self => ((KafkaConnection)self!)._aborted.Cancel(), this);
        using var drain = DrainToken().UnsafeRegister(static self => ((KafkaConnection)self!).HangUp(), this);
        var replying = _replies.RunAsync();
        try
        {
            Because(await ReadAsync());
        }
        finally
        {
            _memory.Finish(0); // of a frame that never became whole
            _replies.Complete();
            await replying;
            _shared.Closed(Facts, (CloseReason)_reason, _detail);
        }
    }

    /// <summary>Takes no more requests, answers those that were taken, and closes.</summary>
    public void HangUp() => _frames.Stop();

    /// <summary>After <see cref="RunAsync"/> has ended.</summary>
    public void Dispose() => _aborted.Dispose();

    /// <summary>Ends the connection if something is overdue; a client that does not read is cut off even while it is being shown out politely.</summary>
    public void CheckDeadlines()
    {
        var overdue = _deadlines.Check();
        if (overdue == CloseReason.None) return;
        Because(overdue);
        if (overdue == CloseReason.WriteStalled) _transport.Abort(new ConnectionAbortedException("the client does not read"));
        else _frames.Stop();
    }

    private async Task<CloseReason> ReadAsync()
    {
        try
        {
            while (true)
            {
                await _window.RoomAsync();
                var end = await _frames.ReadAsync(_aborted.Token);
                if (end == CloseReason.BadFrameLength) _detail = $"length prefix {_frames.RefusedLength}";
                if (end == CloseReason.None) end = Dispatch();
                if (end != CloseReason.None) return end;
            }
        }
        catch (WireFormatException malformed)
        {
            _detail = malformed.Message;
            return CloseReason.Malformed;
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            return CloseReason.ClientLeft; // reset or aborted, while we read or waited for memory
        }
    }

    private CloseReason Dispatch()
    {
        PendingReply? reply = null;
        try
        {
            var end = _shared.Dispatcher.Dispatch(_frames.Frame, Facts, _aborted.Token, out reply);
            if (reply is null) return end;
        }
        finally
        {
            _frames.Finish(reply?.KeptBytes ?? 0);
        }

        _window.Enter(reply.Context.FrameBytes);
        _deadlines.BeginRequest();
        _shared.Metrics.RequestBegan(reply);
        _replies.Enqueue(reply);
        return CloseReason.None;
    }

    /// <summary>Called by the replying loop: no further answer can or may be written.</summary>
    private void OutputEnded(CloseReason reason)
    {
        Because(reason);
        _frames.Stop();
        _aborted.Cancel();
        if (reason == CloseReason.InternalError) _transport.Abort(new ConnectionAbortedException("an answer could not be encoded"));
    }

    private CancellationToken DrainToken() =>
        _transport.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;

    /// <summary>The first reason is the one that counts.</summary>
    private void Because(CloseReason reason) => Interlocked.CompareExchange(ref _reason, (int)reason, (int)CloseReason.None);
}
