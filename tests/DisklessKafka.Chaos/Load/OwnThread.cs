namespace DisklessKafka.Chaos.Load;

/// <summary>
/// For what blocks. Relays between agents and their stores run on the thread pool of this process: what blocks that holds the whole
/// cluster up, and passes for an outage.
/// </summary>
internal static class OwnThread
{
    public static Task RunAsync(Action body) => Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
