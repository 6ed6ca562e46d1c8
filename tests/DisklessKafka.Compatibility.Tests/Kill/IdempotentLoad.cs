using DisklessKafka.Checking;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>Several idempotent producers, and a reader that follows them, on one topic.</summary>
internal sealed class IdempotentLoad : IDisposable
{
    private const int Producers = 3;

    private readonly string bootstrap, topic;
    private readonly int partitions;
    private readonly TimeSpan patience;
    private readonly CancellationTokenSource stopSending = new(), stopFollowing = new();
    private readonly IdempotentProducer[] producers;
    private readonly Task sending, following;
    private readonly History history = new();

    /// <param name="bootstrap">One or more HOST:PORT, separated by commas.</param>
    /// <param name="patience">How long the brokers may take to answer what is open when sending stops, and to be read.</param>
    public IdempotentLoad(string bootstrap, string topic, int partitions, TimeSpan patience)
    {
        (this.bootstrap, this.topic, this.partitions, this.patience) = (bootstrap, topic, partitions, patience);
        producers = [.. Enumerable.Range(0, Producers).Select(number => new IdempotentProducer(bootstrap, topic, partitions, number, history))];
        sending = Task.WhenAll(producers.Select(producer => producer.RunAsync(patience, stopSending.Token)));
        following = Task.Factory.StartNew(Follow, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public long Acknowledged => producers.Sum(producer => producer.Acknowledged);

    /// <exception cref="InvalidOperationException">A producer or the reader gave up for good.</exception>
    public void ThrowIfBroken()
    {
        foreach (var producer in producers.Where(producer => producer.Broken.IsCompleted))
            throw new InvalidOperationException(producer.Broken.Result);
        if (following.IsFaulted)
            throw new InvalidOperationException($"the reader broke: {following.Exception.InnerException!.Message}", following.Exception);
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
        await stopSending.CancelAsync();
        await sending;
        ThrowIfBroken();
        Contents contents;
        using (var reader = new TopicReader(bootstrap, topic, partitions))
            contents = reader.ReadAll(patience);
        await stopFollowing.CancelAsync();
        await following;
        return (history, contents);
    }

    public void Dispose()
    {
        stopSending.Cancel();
        stopFollowing.Cancel();
        Array.ForEach(producers, producer => producer.Dispose());
    }

    private void Follow()
    {
        using var reader = new TopicReader(bootstrap, topic, partitions);
        reader.Follow(history, stopFollowing.Token);
    }
}
