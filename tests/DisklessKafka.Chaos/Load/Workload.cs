using System.Net;
using DisklessKafka.Chaos.Reading;
using DisklessKafka.Checking;

namespace DisklessKafka.Chaos.Load;

/// <summary>All clients of a run: they start together, and in the end are given time to finish what they began.</summary>
internal sealed class Workload : IAsyncDisposable
{
    private static readonly TimeSpan LagPause = TimeSpan.FromSeconds(15), LagRead = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ReplayPause = TimeSpan.FromSeconds(20), ReplayRead = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);

    private readonly RunRecord _run;
    private readonly LoadTarget _target;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stopSending = new(), _stopReading = new();
    private readonly List<LibrdkafkaProducer> _producers = [];
    private readonly List<LibrdkafkaReader> _followers = [];
    private readonly List<Task> _sending = [], _reading = [];

    /// <param name="patience">How long clients may take in the end, when all is well, to get their answers and to read everything.</param>
    public Workload(RunRecord run, LoadTarget target, TimeSpan patience) => (_run, _target, _patience) = (run, target, patience);

    public LoadLevel Level { get; } = new();

    /// <param name="abilities">Groups and transactions take part where the cluster has them.</param>
    /// <param name="pinned">Brokers that get a client each that talks to nobody else; where only leaders take writes, none.</param>
    /// <param name="zones">Producers say that they are in these by turns; empty for no such hint.</param>
    public void Start(WorkloadSize size, Abilities abilities, IReadOnlyList<EndPoint> pinned, IReadOnlyList<string> zones)
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

        for (var number = 0; abilities.HasTransactions && number < size.TransactionalProducers; number++)
            _sending.Add(RunTransactions(number));
        for (var number = 0; abilities.HasGroups && number < size.GroupMembers; number++)
            _reading.Add(RunMember(number));

        StartReader("tailing", ClientKind.Tailing, isReadCommitted: false, (reader, stop) => reader.Read(stop));
        StartReader("tailing-committed", ClientKind.Tailing, isReadCommitted: true, (reader, stop) => reader.Read(stop));
        StartReader("lagging", ClientKind.Lagging, isReadCommitted: true, ReadLagging);
        _reading.Add(Thread(Replay));
    }

    /// <summary>Stops sending, waits for all answers and until all followers have read everything; then stops them.</summary>
    public async Task FinishAsync()
    {
        await _stopSending.CancelAsync();
        await Task.WhenAll(_sending);
        var ends = await new FinalReader(_target).EndsAsync();
        var started = _run.Clock.Elapsed;
        while (!_followers.All(follower => follower.HasReached(ends)) && _run.Clock.Elapsed - started < _patience)
            await Task.Delay(LookPause);
        await _stopReading.CancelAsync();
        await Task.WhenAll(_reading);
        _run.History.MarkStopped(_run.Clock.Now);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopSending.CancelAsync();
        await _stopReading.CancelAsync();
        await Task.WhenAll(_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _producers.ForEach(producer => producer.Dispose());
        _followers.ForEach(follower => follower.Dispose());
        _stopSending.Dispose();
        _stopReading.Dispose();
    }

    private Task RunTransactions(int number) => Thread(() => new TransactionalProducer(_run, _target, number).Run(_stopSending.Token));

    private Task RunMember(int number) => Thread(() =>
    {
        using var member = new GroupMember(_run, _target, $"{_target.Topic}-group", number);
        member.Run(_stopReading.Token);
    });

    private void StartReader(string name, ClientKind kind, bool isReadCommitted, Action<LibrdkafkaReader, CancellationToken> body)
    {
        var reader = new LibrdkafkaReader(_run, _target, name, kind, isReadCommitted, follows: true);
        _followers.Add(reader);
        _reading.Add(Thread(() => body(reader, _stopReading.Token)));
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

    private static Task Thread(Action body) => Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
