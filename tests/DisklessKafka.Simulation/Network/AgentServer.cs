using System.Buffers;
using DisklessKafka.Agent;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Metadata;
using DisklessKafka.Protocol;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Network;

/// <summary>
/// What an agent's listeners do, without sockets: frames of a connection are dispatched in their order, handlers run side by
/// side, and their answers go out in the order of the requests.
/// </summary>
internal sealed class AgentServer(string name, AgentCore core, SimulatedNode node, Action<string> failed)
{
    private readonly RequestDispatcher _dispatcher = new(core.Apis, node.Clock);
    private readonly List<Served> _open = [];
    private long _lastId;

    /// <summary>Unique: one agent core, which is one broker to clients.</summary>
    public string Name => name;

    /// <summary>Called from anywhere: serving begins on the agent's machine.</summary>
    public void Accept(SimulatedConnection connection)
    {
        var served = new Served(connection);
        _open.Add(served);
        _ = node.Start(() => ReadAsync(served));
        _ = node.Start(() => AnswerAsync(served));
    }

    /// <summary>The agent hangs up; to be called on its machine.</summary>
    public void CloseAll()
    {
        foreach (var served in _open.ToArray()) served.End();
    }

    /// <summary>The network breaks, or the process is gone: clients notice, and the agent too once it runs.</summary>
    public void CutAll()
    {
        foreach (var served in _open.ToArray())
        {
            served.Connection.Answers.End();
            served.Connection.Requests.End();
        }
    }

    private async Task ReadAsync(Served served)
    {
        var facts = new ConnectionFacts { Id = ++_lastId };
        while (!served.IsEnded && await served.Connection.Requests.ReadAsync() is { } frame)
        {
            var key = (ApiKey)((frame[0] << 8) | frame[1]);
            if (core.Apis.Find(key) is { } endpoint) await endpoint.WhenReadyAsync();
            var end = _dispatcher.Dispatch(new ReadOnlySequence<byte>(frame), facts, served.Aborted, out var reply);
            Array.Fill(frame, (byte)0xDB); // the frame was only lent: who still reads it reads rubbish
            if (reply is null)
            {
                failed($"a request for {key} was refused: {end}");
                break;
            }

            served.Enqueue(reply);
        }

        served.End();
        _open.Remove(served);
    }

    private async Task AnswerAsync(Served served)
    {
        while (await served.NextAsync() is { } reply)
        {
            if (await ResponseAsync(reply, served) is { } response && !served.IsEnded) served.Connection.Answers.Send(Encode(reply, response));
            if (reply.Context.ClosesConnection) served.End();
            reply.Context.DisposeLeases();
        }
    }

    private async Task<IMessage?> ResponseAsync(PendingReply reply, Served served)
    {
        try
        {
            return await reply.ResponseAsync();
        }
        catch (OperationCanceledException) when (served.Aborted.IsCancellationRequested)
        {
            return null;
        }
        catch (ReplicaStoppedException)
        {
            served.End();
            return null;
        }
        catch (Exception failure)
        {
            if (!core.Replica.Stopped.IsCompleted) failed($"the handler of {reply.Endpoint.Name} failed: {failure}");
            return reply.ErrorResponse();
        }
    }

    private static byte[] Encode(PendingReply reply, IMessage response)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new ReplyFrame(reply, response).WriteTo(buffer);
        return buffer.WrittenSpan[sizeof(int)..].ToArray();
    }

    /// <summary>One connection as the agent sees it.</summary>
    private sealed class Served(SimulatedConnection connection)
    {
        private readonly CancellationTokenSource _aborted = new();
        private readonly Queue<PendingReply> _replies = new();
        private TaskCompletionSource? _waiter;

        public SimulatedConnection Connection => connection;

        public CancellationToken Aborted => _aborted.Token;

        public bool IsEnded { get; private set; }

        public void Enqueue(PendingReply reply)
        {
            _replies.Enqueue(reply);
            Wake();
        }

        /// <summary>The oldest that is not answered yet; null once there will be none.</summary>
        public async Task<PendingReply?> NextAsync()
        {
            while (_replies.Count == 0)
            {
                if (IsEnded) return null;
                _waiter = new TaskCompletionSource();
                await _waiter.Task;
            }

            return _replies.Dequeue();
        }

        public void End()
        {
            if (IsEnded) return;
            IsEnded = true;
            connection.Answers.End();
            _aborted.Cancel();
            Wake();
        }

        private void Wake()
        {
            var waiter = _waiter;
            _waiter = null;
            waiter?.TrySetResult();
        }
    }
}
