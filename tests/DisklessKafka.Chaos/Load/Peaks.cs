namespace DisklessKafka.Chaos.Load;

internal static class Peaks
{
    private const double Factor = 6;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(40), Lasts = TimeSpan.FromSeconds(6);

    /// <summary>From time to time all producers send a multiple of what they usually do.</summary>
    public static async Task RunAsync(LoadLevel level, RunRecord run, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Pacing.PauseAsync(Every, stop);
            var from = run.Clock.Now;
            level.Factor = Factor;
            await Pacing.PauseAsync(Lasts, stop);
            level.Factor = 1;
            run.Periods.Enqueue(("peak", from, run.Clock.Now));
        }
    }
}
