namespace DisklessKafka.TestKit;

/// <summary>Waits for something that happens by itself on other threads, by looking again until a client's patience is over.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    /// <param name="what">That the condition holds, in words.</param>
    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => ValueTask.FromResult(condition()), what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)"/>
    public static async Task HoldsAsync(Func<ValueTask<bool>> condition, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        using var look = new PeriodicTimer(Pace);
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > WireClient.Patience) throw new TimeoutException($"not within {WireClient.Patience}: {what}");
            await look.WaitForNextTickAsync();
        }
    }
}
