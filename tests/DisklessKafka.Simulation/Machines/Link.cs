using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Machines;

/// <summary>
/// The way from one agent to a service. A call runs at the service's machine, whatever becomes of the agent meanwhile:
/// what a killed agent had sent takes effect, and a stopped one finds the answer when it goes on.
/// </summary>
internal sealed class Link(SimulatedNode service, TimeProvider time, Random random)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4); // after which the caller takes a silent call for lost

    /// <summary>Nothing gets through, neither there nor back.</summary>
    public bool IsCut { get; set; }

    /// <summary>Added to each call on its way there.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Share of the calls that arrive twice.</summary>
    public double Repeats { get; set; }

    /// <param name="lost">The failure of a call about which the caller learns nothing.</param>
    public async Task<T> CallAsync<T>(Func<Task<T>> call, Func<Exception> lost, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (IsCut) throw await LoseAsync(lost, cancellation);
        if (Repeats > 0 && random.NextDouble() < Repeats) _ = RepeatAsync(call);
        var delay = Delay;
        var answer = await service.Start(async () =>
        {
            if (delay > TimeSpan.Zero) await service.Clock.Delay(delay);
            return await call();
        }).WaitAsync(cancellation);
        return IsCut ? throw await LoseAsync(lost, cancellation) : answer;
    }

    /// <summary>
    /// A call without effect: it makes no difference what becomes of it when its caller is gone, so it may run on the
    /// caller's machine, which spares most of a quiet cluster's steps.
    /// </summary>
    public async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> call, Func<Exception> lost, CancellationToken cancellation)
    {
        if (IsCut) throw await LoseAsync(lost, cancellation);
        if (Delay > TimeSpan.Zero) await Task.Delay(Delay, time, cancellation);
        var answer = await call();
        return IsCut ? throw await LoseAsync(lost, cancellation) : answer;
    }

    private async Task<Exception> LoseAsync(Func<Exception> lost, CancellationToken cancellation)
    {
        await Task.Delay(Timeout, time, cancellation);
        return lost();
    }

    /// <summary>The same once more, a little or much later; nobody looks at its answer.</summary>
    private async Task RepeatAsync<T>(Func<Task<T>> call)
    {
        var later = TimeSpan.FromMilliseconds(random.Next(4) == 0 ? random.Next(60_000) : random.Next(50));
        await service.Start(async () =>
        {
            await service.Clock.Delay(later);
            try
            {
                await call();
            }
            catch (Exception)
            {
                // a repetition that fails is none
            }
        });
    }
}
