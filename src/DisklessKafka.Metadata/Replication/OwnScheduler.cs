namespace DisklessKafka.Metadata.Replication;

/// <summary>
/// Tasks fit to be put into WaitAsync, WhenAny and the like. On a completion source's own, which has to complete its waiters
/// asynchronously, those go on through the thread pool whatever scheduler they were started on; behind an await they stay on it.
/// </summary>
public static class OwnScheduler
{
    public static async Task KeepAsync(Task task) => await task;

    public static async Task<T> KeepAsync<T>(Task<T> task) => await task;
}
