using DisklessKafka.Protocol;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Network;

/// <summary>A client's connection to an agent: requests and answers as they would stand on the wire, in order, until it is cut.</summary>
internal sealed class SimulatedConnection
{
    private readonly string _clientId;
    private readonly Wire _requests;
    private readonly Wire _answers;
    private readonly Queue<TaskCompletionSource<byte[]>> _expected = new();
    private int _lastCorrelationId;
    private bool _isClosed;

    public SimulatedConnection(string clientId, SimulatedNode client, SimulatedNode agent, Func<TimeSpan> latency)
    {
        _clientId = clientId;
        _requests = new Wire(agent, latency);
        _answers = new Wire(client, latency);
        _ = client.Start(ReadAsync);
    }

    /// <summary>No answer will come on it any more.</summary>
    public bool IsClosed => _isClosed;

    public Wire Requests => _requests;

    public Wire Answers => _answers;

    /// <summary>Sends now; the answer, or an <see cref="IOException"/> if the connection ends before it. Calls are answered in their order.</summary>
    public async Task<TResponse> SendAsync<TRequest, TResponse>(IRequest<TRequest, TResponse> request, short version)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : IMessage<TResponse>
    {
        if (_isClosed) throw new IOException("the connection has ended");
        var expected = new TaskCompletionSource<byte[]>();
        _expected.Enqueue(expected);
        _requests.Send(Encode(request, TRequest.ApiKey, version));
        return WireFrames.DecodeResponse<TResponse>(await expected.Task, ApiTable.Of(TRequest.ApiKey), version);
    }

    /// <summary>Sends what has no answer.</summary>
    public void SendUnanswered<TRequest, TResponse>(IRequest<TRequest, TResponse> request, short version)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : IMessage<TResponse> =>
        _requests.Send(Encode(request, TRequest.ApiKey, version));

    /// <summary>The client hangs up: it waits for nothing any more, and the agent will notice.</summary>
    public void Close()
    {
        _requests.End();
        FailAll();
    }

    private byte[] Encode(IMessage request, ApiKey key, short version) =>
        WireFrames.Encode(request, key, version, ++_lastCorrelationId, _clientId)[sizeof(int)..];

    private async Task ReadAsync()
    {
        while (await _answers.ReadAsync() is { } frame)
            if (_expected.TryDequeue(out var expected))
                expected.TrySetResult(frame);
        _requests.End();
        FailAll();
    }

    private void FailAll()
    {
        _isClosed = true;
        while (_expected.TryDequeue(out var expected)) expected.TrySetException(new IOException("the connection ended before the answer"));
    }
}
