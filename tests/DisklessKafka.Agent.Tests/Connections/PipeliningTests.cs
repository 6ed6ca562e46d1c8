using System.Collections.Concurrent;
using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Connections;
using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Connections;

public sealed class PipeliningTests
{
    [Fact]
    public async Task Five_requests_of_one_connection_are_in_flight_together_and_answered_in_order()
    {
        var started = new ConcurrentQueue<string>();
        var gates = Enumerable.Range(0, 5).ToDictionary(i => $"t{i}", _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>(async (request, _) =>
        {
            var response = Requests.Answer(request);
            started.Enqueue(response.ClusterId!);
            await gates[response.ClusterId!].Task;
            return response;
        }));
        await using var client = await host.ConnectAsync();

        var answers = gates.Keys.Select(topic => client.SendAsync(Requests.Metadata(topic), 9)).ToArray();
        await Eventually.HoldsAsync(() => started.Count == 5, "five handlers run although none has answered");
        Assert.Equal(gates.Keys, started);

        foreach (var gate in gates.Values.Skip(1)) gate.SetResult();
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);

        gates["t0"].SetResult(); // the client fails on any answer out of turn
        Assert.Equal(gates.Keys, (await Task.WhenAll(answers).WaitAsync(WireClient.Patience)).Select(answer => answer.ClusterId));
    }

    [Fact]
    public async Task A_request_without_an_answer_leaves_the_others_answers_in_order()
    {
        var produced = 0;
        await using var host = await FrontEndHost.StartAsync(
            Requests.EchoMetadata(),
            new FakeHandler<ProduceRequest, ProduceResponse>(async (request, _) =>
            {
                await Task.Yield();
                Interlocked.Increment(ref produced);
                return request.Acks == 0 ? null : Requests.Produced(7);
            }));
        await using var client = await host.ConnectAsync();

        var first = client.SendAsync(Requests.Metadata("a"), 9);
        await client.SendUnansweredAsync(Requests.Produce([1], acks: 0), 9);
        var second = client.SendAsync(Requests.Produce([1]), 9);
        await client.SendUnansweredAsync(Requests.Produce([1], acks: 0), 3);
        var third = client.SendAsync(Requests.Metadata("b"), 0);

        Assert.Equal("a", (await first).ClusterId);
        Assert.Equal(7, (await second).Responses[0].PartitionResponses[0].BaseOffset);
        await third.WaitAsync(WireClient.Patience);
        Assert.Equal(3, produced);
    }

    [Fact]
    public async Task Reading_stops_at_the_limit_of_requests_in_flight()
    {
        var running = 0;
        var most = 0;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await FrontEndHost.StartAsync(
            new FrontEndOptions { MaxInFlightRequests = 3 },
            new FakeHandler<MetadataRequest, MetadataResponse>(async (request, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running)); // entered on the one reading loop
                await gate.Task;
                Interlocked.Decrement(ref running);
                return Requests.Answer(request);
            }));
        await using var client = await host.ConnectAsync();

        var answers = Enumerable.Range(0, 20).Select(i => client.SendAsync(Requests.Metadata($"t{i}"), 12)).ToArray();
        await Eventually.HoldsAsync(() => Volatile.Read(ref running) == 3, "three requests are taken");
        gate.SetResult();
        var topics = (await Task.WhenAll(answers).WaitAsync(WireClient.Patience)).Select(answer => answer.ClusterId);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"t{i}"), topics);
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task Records_may_be_read_until_the_first_await_wherever_the_block_borders_lie()
    {
        var random = new Random(1);
        var sums = new ConcurrentQueue<int>();
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<ProduceRequest, ProduceResponse>((request, _) =>
        {
            var sum = 0;
            foreach (var segment in request.TopicData[0].PartitionData[0].Records.Sequence)
                foreach (var value in segment.Span) sum = unchecked((sum * 31) + value);
            sums.Enqueue(sum);
            return new(Requests.Produced(sum));
        }));
        await using var client = await host.ConnectAsync();

        var payloads = Enumerable.Range(0, 200).Select(_ => { var bytes = new byte[random.Next(1, 30_000)]; random.NextBytes(bytes); return bytes; }).ToArray();
        var answers = await Task.WhenAll(payloads.Select(bytes => client.SendAsync(Requests.Produce(bytes), 13))).WaitAsync(WireClient.Patience);

        Assert.True(host.Pool.RentedEver > 100, $"only {host.Pool.RentedEver} blocks came from the server's own pool");
        foreach (var (bytes, answer) in payloads.Zip(answers))
            Assert.Equal(bytes.Aggregate(0, (sum, value) => unchecked((sum * 31) + value)), answer.Responses[0].PartitionResponses[0].BaseOffset);
    }

    [Fact]
    public async Task A_handler_that_throws_is_answered_with_its_error_and_the_connection_stays()
    {
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<FindCoordinatorRequest, FindCoordinatorResponse>(
            (request, _) => request.Key == "now" ? throw new InvalidOperationException("on the reading loop") : FailLater())
        {
            OnError = _ => new FindCoordinatorResponse { ErrorCode = ErrorCode.UnknownServerError },
        });
        await using var client = await host.ConnectAsync();

        Assert.Equal(ErrorCode.UnknownServerError, (await client.SendAsync(new FindCoordinatorRequest { Key = "now" }, 0)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownServerError, (await client.SendAsync(new FindCoordinatorRequest { Key = "later" }, 0)).ErrorCode);

        static async ValueTask<FindCoordinatorResponse?> FailLater()
        {
            await Task.Yield();
            throw new InvalidOperationException("after the first await");
        }
    }

    [Fact]
    public async Task A_handler_that_throws_without_an_error_to_give_closes_the_connection_after_the_earlier_answers()
    {
        await using var host = await FrontEndHost.StartAsync(
            Requests.EchoMetadata(),
            new FakeHandler<ProduceRequest, ProduceResponse>((_, _) => throw new InvalidOperationException("boom")));
        await using var client = await host.ConnectAsync();

        var before = client.SendAsync(Requests.Metadata("a"), 9);
        var failing = client.SendAsync(Requests.Produce([1]), 9);
        var after = client.SendAsync(Requests.Metadata("b"), 9);

        Assert.Equal("a", (await before).ClusterId);
        await Assert.ThrowsAsync<IOException>(() => failing);
        await Assert.ThrowsAsync<IOException>(() => after);
        await client.WaitUntilClosedAsync();
    }

    /// <summary>Clients take UNKNOWN_SERVER_ERROR for good in many APIs; a member of a consumer group gives up at it.</summary>
    [Fact]
    public async Task An_agent_that_can_no_longer_follow_the_log_hangs_up_and_answers_nothing()
    {
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<FindCoordinatorRequest, FindCoordinatorResponse>(
            (_, _) => throw new ReplicaStoppedException(new MetadataLogException("trimmed past this agent", isTransient: false)))
        {
            OnError = _ => new FindCoordinatorResponse { ErrorCode = ErrorCode.UnknownServerError },
        });
        await using var client = await host.ConnectAsync();

        await Assert.ThrowsAsync<IOException>(() => client.SendAsync(new FindCoordinatorRequest { Key = "any" }, 0));
        await client.WaitUntilClosedAsync();
    }

    [Fact]
    public async Task A_handler_may_close_the_connection_after_its_answer()
    {
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>((request, context) =>
        {
            context.CloseConnection();
            return new(Requests.Answer(request));
        }));
        await using var client = await host.ConnectAsync();

        Assert.Equal("bye", (await client.SendAsync(Requests.Metadata("bye"), 9)).ClusterId);
        await client.WaitUntilClosedAsync();
    }

    [Fact]
    public async Task Leases_of_an_answer_are_disposed_once_it_is_written_or_dropped()
    {
        var leases = new ConcurrentQueue<Lease>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await FrontEndHost.StartAsync(new FakeHandler<MetadataRequest, MetadataResponse>(async (request, context) =>
        {
            var lease = new Lease();
            leases.Enqueue(lease);
            context.DisposeAfterReply(lease);
            if (Requests.Answer(request).ClusterId == "slow") await gate.Task;
            return Requests.Answer(request);
        }));
        await using (var client = await host.ConnectAsync())
        {
            await client.SendAsync(Requests.Metadata("quick"), 9);
            await Eventually.HoldsAsync(() => leases is { Count: 1 } && leases.All(lease => lease.Disposals == 1), "the written answer's lease is disposed");
            _ = client.SendAsync(Requests.Metadata("slow"), 9).ContinueWith(task => task.Exception, TaskScheduler.Default);
            await Eventually.HoldsAsync(() => leases.Count == 2, "the slow handler runs");
        }

        gate.SetResult();
        await Eventually.HoldsAsync(() => leases.All(lease => lease.Disposals == 1), "the dropped answer's lease is disposed");
    }

    private sealed class Lease : IDisposable
    {
        private int _disposals;

        public int Disposals => Volatile.Read(ref _disposals);

        public void Dispose() => Interlocked.Increment(ref _disposals);
    }
}
