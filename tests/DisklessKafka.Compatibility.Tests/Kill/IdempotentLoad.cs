using DisklessKafka.Checking;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>Several idempotent producers, and a reader that follows them, on one topic.</summary>
internal sealed class IdempotentLoad : IDisposable
{
    private const int Producers = 3;

    private readonly string _bootstrap, _topic;
    private readonly int _partitions;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stopSending = new(), _stopFollowing = new();
    private readonly IdempotentProducer[] _producers;
    private readonly Task _sending, _following;
    private readonly History _history = new();

    /// <param name="bootstrap">One or more HOST:PORT, separated by commas.</param>
    /// <param name="patience">How long the brokers may take to answer what is open when sending stops, and to be read.</param>
    public IdempotentLoad(string bootstrap, string topic, int partitions, TimeSpan patience)
    {
        (_bootstrap, _topic, _partitions, _patience) = (bootstrap, topic, partitions, patience);
        _producers = [.. Enumerable.Range(0, Producers).Select(number => new IdempotentProducer(bootstrap, topic, partitions, number, _history))];
        _sending = Task.WhenAll(_producers.Select(producer => producer.RunAsync(patience, _stopSending.Token)));
        _following = Task.Factory.StartNew(Follow, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public long Acknowledged => _producers.Sum(producer => producer.Acknowledged);

    /// <exception cref="InvalidOperationException">A producer or the reader gave up for good.</exception>
    public void ThrowIfBroken()
    {
        foreach (var producer in _producers.Where(producer => producer.Broken.IsCompleted))
            throw new InvalidOperationException(producer.Broken.Result);
        if (_following.IsFaulted)
            throw new InvalidOperationException($"the reader broke: {_following.Exception.InnerException!.Message}", _following.Exception);
    }

    /// <summary>Waits until this many more records are acknowledged.</summary>
    /// <exception cref="TimeoutException">They were not in time.</exception>
    public async Task WhenAcknowledgedAsync(long more, TimeSpan limit)
    {
        var (goal, started) = (Acknowledged + more, TimeProvider.System.GetTimestamp());
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Acknowledged < goal)
        {
            ThrowIfBroken();
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                throw new TimeoutException($"{goal - Acknowledged} of {more} records were still not acknowledged after {limit}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Stops sending, waits for all answers, reads everything back, and tells all that was seen.</summary>
    public async Task<(History History, Contents Contents)> FinishAsync()
    {
        await _stopSending.CancelAsync();
        await _sending;
        ThrowIfBroken();
        Contents contents;
        using (var reader = new TopicReader(_bootstrap, _topic, _partitions))
            contents = reader.ReadAll(_patience);
        await _stopFollowing.CancelAsync();
        await _following;
        return (_history, contents);
    }

    public void Dispose()
    {
        _stopSending.Cancel();
        _stopFollowing.Cancel();
        Array.ForEach(_producers, producer => producer.Dispose());
    }

    private void Follow()
    {
        using var reader = new TopicReader(_bootstrap, _topic, _partitions);
        reader.Follow(_history, _stopFollowing.Token);
    }
}
