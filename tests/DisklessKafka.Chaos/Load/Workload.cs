using System.Net;
using Confluent.Kafka;
using DisklessKafka.Chaos.Reading;
using DisklessKafka.Checking;

namespace DisklessKafka.Chaos.Load;

/// <summary>All clients of a run: they start together, and in the end are given time to finish what they began.</summary>
internal sealed class Workload : IAsyncDisposable
{
    private static readonly TimeSpan LagPause = TimeSpan.FromSeconds(15), LagRead = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ReplayPause = TimeSpan.FromSeconds(20), ReplayRead = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestStay = TimeSpan.FromSeconds(20), LongestStay = TimeSpan.FromSeconds(60); // of members
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(30), LongestEnd = TimeSpan.FromMinutes(4); // longer than all patience with one call

    private readonly RunRecord _run;
    private readonly LoadTarget _target;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stopSending = new(), _stopReading = new();
    private readonly List<LibrdkafkaProducer> _producers = [];
    private readonly List<LibrdkafkaReader> _followers = [];
    private readonly List<GroupProgress> _groups = [];
    private readonly List<Task> _sending = [], _reading = [];
    private bool _processes;

    /// <param name="patience">How long clients may take in the end, when all is well, to get their answers and to read everything.</param>
    public Workload(RunRecord run, LoadTarget target, TimeSpan patience) => (_run, _target, _patience) = (run, target, patience);

    public LoadLevel Level { get; } = new();

    /// <param name="abilities">Groups and transactions take part where the cluster has them.</param>
    /// <param name="pinned">Where to find the brokers that get a client each that talks to nobody else; where only leaders take writes, none.</param>
    /// <param name="zones">Producers say that they are in these by turns; empty for no such hint.</param>
    public void Start(WorkloadSize size, Abilities abilities, IReadOnlyList<Func<EndPoint>> pinned, IReadOnlyList<string> zones)
    {
        for (var number = 0; number < size.IdempotentProducers + size.PlainProducers; number++)
        {
            var isIdempotent = number < size.IdempotentProducers;
            var zone = number > 0 && zones.Count > 0 ? $",zone={zones[number % zones.Count]}" : "";
            var producer = new LibrdkafkaProducer(_run, _target, Level, $"{(isIdempotent ? "idempotent" : "plain")}-{number}{zone}", isIdempotent, size.RecordsPerSecond);
            _producers.Add(producer);
            _sending.Add(producer.RunAsync(_patience, _stopSending.Token));
        }

        for (var agent = 0; agent < pinned.Count; agent++)
            _sending.Add(new PinnedProducer(_run, _target, pinned[agent], agent).RunAsync(_stopSending.Token));
        if (pinned.Count > 0)
            _sending.Add(new WatermarkObserver(_run, _target, pinned).RunAsync(_stopSending.Token));

        for (var number = 0; abilities.Transactions && number < size.TransactionalProducers; number++)
            StartTransactions($"{_target.Topic}-txn-{number}");
        if (abilities.Groups)
            StartGroup(size.GroupMembers);
        if (abilities.Processing)
            StartProcessing(size.Transformers);

        StartReader("tailing", ClientKind.Tailing, isReadCommitted: false, (reader, stop) => reader.Read(stop));
        StartReader("tailing-committed", ClientKind.Tailing, isReadCommitted: true, (reader, stop) => reader.Read(stop));
        StartReader("lagging", ClientKind.Lagging, isReadCommitted: true, ReadLagging);
        _reading.Add(OwnThread.RunAsync(Replay));
    }

    /// <summary>Stops sending, waits for all answers and until all followers and groups have read everything; then stops them.</summary>
    /// <returns>What is there.</returns>
    public async Task<Contents> FinishAsync()
    {
        await _stopSending.CancelAsync();
        await EndAsync(_sending, LongestEnd);
        var contents = new Contents();
        await new FinalReader(_target).ReadAsync(contents, _run.Batches);
        var ends = Ends.Of(contents);
        var started = _run.Clock.Elapsed;
        while (!HaveReached(ends) && _run.Clock.Elapsed - started < _patience)
            await Task.Delay(LookPause);
        await _stopReading.CancelAsync();
        await EndAsync(_reading, LongestEnd);
        _run.History.MarkStopped(_run.Clock.Now);
        foreach (var group in _groups)
        {
            foreach (var (partition, committed) in group.Behind(ends.Committed))
                _run.Failures.Enqueue($"{_patience} after all was over, group {group.Group} had committed offset {committed} of {partition}, whose last record is at {ends.Committed[partition] - 1}");
        }

        if (_processes)
            await new FinalReader(_target.Outcomes).ReadAsync(contents, _run.Batches);
        return contents;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopSending.CancelAsync();
        await _stopReading.CancelAsync();
        await EndAsync(_reading, LongestClose).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_producers.Select(CloseAsync).Concat(_followers.Select(CloseAsync)));
        _stopSending.Dispose();
        _stopReading.Dispose();
    }

    // A library that hangs must not keep the report from being written; that it does is part of that.
    private async Task EndAsync(List<Task> clients, TimeSpan limit)
    {
        try
        {
            await Task.WhenAll(clients).WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            _run.Failures.Enqueue($"{clients.Count(client => !client.IsCompleted)} clients that were told to stop stood still for {limit}");
        }
    }

    private async Task CloseAsync(IDisposable client)
    {
        try
        {
            await OwnThread.RunAsync(client.Dispose).WaitAsync(LongestClose);
        }
        catch (TimeoutException)
        {
            _run.Failures.Enqueue($"a client ({client.GetType().Name}) could not be closed within {LongestClose}");
        }
    }

    private bool HaveReached(Ends ends) => _followers.All(follower => follower.HasReached(ends)) && _groups.All(group => group.Behind(ends.Committed).Count == 0);

    private void StartTransactions(string id)
    {
        var lives = new Lives(_run, id, ClientKind.Transactional, client => new TransactionalProducer(_run, _target, id, client));
        _sending.Add(OwnThread.RunAsync(() => lives.Run(_stopSending.Token, _stopSending.Token)));
    }

    /// <summary>One static member, and others that come and go.</summary>
    private void StartGroup(int members)
    {
        var group = new GroupProgress($"{_target.Topic}-group");
        _groups.Add(group);
        for (var number = 0; number < members; number++)
        {
            var seat = new GroupSeat(group, $"{group.Group}-{number}", number == 0 ? $"member-{number}" : null, PartitionAssignmentStrategy.CooperativeSticky);
            Start(new Lives(_run, seat.Name, ClientKind.Group, client => new GroupMember(_run, _target, seat, client), StayOf(number)));
        }
    }

    /// <summary>Their group rebalances the eager way, as is the library's default.</summary>
    private void StartProcessing(int transformers)
    {
        _processes = true;
        var group = new GroupProgress($"{_target.Topic}-transformers");
        _groups.Add(group);
        for (var number = 0; number < transformers; number++)
        {
            var seat = new GroupSeat(group, $"{group.Group}-{number}");
            Start(new Lives(_run, seat.Name, ClientKind.Transformer, client => new Transformer(_run, _target, seat, client), StayOf(number)));
        }
    }

    private void Start(Lives lives) => _reading.Add(OwnThread.RunAsync(() => lives.Run(_stopSending.Token, _stopReading.Token)));

    private static Func<TimeSpan> StayOf(int number)
    {
        var random = new Random(number);
        return () => ShortestStay + ((LongestStay - ShortestStay) * random.NextDouble());
    }

    private void StartReader(string name, ClientKind kind, bool isReadCommitted, Action<LibrdkafkaReader, CancellationToken> body)
    {
        var reader = new LibrdkafkaReader(_run, _target, name, kind, isReadCommitted, follows: true);
        _followers.Add(reader);
        _reading.Add(OwnThread.RunAsync(() => body(reader, _stopReading.Token)));
    }

    /// <summary>Is away most of the time and then reads on where it was; when sending has stopped it stays until it is done.</summary>
    private void ReadLagging(LibrdkafkaReader reader, CancellationToken stop)
    {
        while (!_stopSending.IsCancellationRequested)
        {
            _stopSending.Token.WaitHandle.WaitOne(LagPause);
            ReadFor(reader, LagRead, stop);
            reader.Leave();
        }

        reader.Read(stop);
    }

    /// <summary>Reads from the beginning again and again, each time as another reader; bounded in time, so that it can be done in a long run too.</summary>
    private void Replay()
    {
        while (!_stopSending.IsCancellationRequested)
        {
            using var reader = new LibrdkafkaReader(_run, _target, "replaying", ClientKind.Replaying, isReadCommitted: false, follows: false);
            var from = _run.Clock.Now;
            ReadFor(reader, ReplayRead, _stopSending.Token);
            _run.Periods.Enqueue(("replay", from, _run.Clock.Now));
            reader.End();
            _stopSending.Token.WaitHandle.WaitOne(ReplayPause);
        }
    }

    private static void ReadFor(LibrdkafkaReader reader, TimeSpan time, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        reader.Read(limit.Token);
    }
}
