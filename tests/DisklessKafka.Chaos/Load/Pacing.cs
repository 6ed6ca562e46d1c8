namespace DisklessKafka.Chaos.Load;

internal static class Pacing
{
    /// <summary>Waits, or returns early when told to stop.</summary>
    public static async Task PauseAsync(TimeSpan time, CancellationToken stop)
    {
        try
        {
            await Task.Delay(time, stop);
        }
        catch (OperationCanceledException)
        {
            // Who called looks at the token anyway.
        }
    }
}
