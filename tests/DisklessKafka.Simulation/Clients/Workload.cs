using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Clients;

/// <summary>When there is much to do and when hardly anything: clients share it, as they share the time of day.</summary>
internal sealed class Workload(SimulatedClock clock, Random random)
{
    private TimeSpan _until;
    private bool _isBusy;

    private bool IsBusy
    {
        get
        {
            while (clock.Elapsed >= _until)
            {
                _isBusy = !_isBusy;
                _until += TimeSpan.FromSeconds(_isBusy ? random.Next(5, 30) : random.Next(10, 90));
            }

            return _isBusy;
        }
    }

    /// <summary>Waits as long as a client of that kind has nothing to do.</summary>
    public Task PaceAsync(ClientContext client) => IsBusy ? client.Pause(20, 1_500) : client.Pause(1_000, 15_000);
}
