using Confluent.Kafka;

namespace DisklessKafka.Chaos.Load;

/// <summary>One client after the other in one place: when one can do no more, or has stayed for its time, there comes another.</summary>
/// <param name="stay">How long each stays; null for good.</param>
internal sealed class Lives(RunRecord run, string name, ClientKind kind, Func<int, ILoadClient> open, Func<TimeSpan>? stay = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <param name="comesAndGoes">Until this is cancelled; who is there then stays.</param>
    public void Run(CancellationToken comesAndGoes, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var client = run.NewClient(name, kind);
            try
            {
                using var life = open(client);
                RunOne(life, comesAndGoes, stop);
            }
            catch (KafkaException failure)
            {
                run.Complain(client, failure.Error.ToString());
            }

            if (stop.IsCancellationRequested)
                return;
            run.History.MarkEnded(client, run.Clock.Now);
            stop.WaitHandle.WaitOne(Pause);
        }
    }

    private void RunOne(ILoadClient life, CancellationToken comesAndGoes, CancellationToken stop)
    {
        if (stay is null)
        {
            life.Run(stop);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var timer = new Timer(_ =>
        {
            if (!comesAndGoes.IsCancellationRequested)
                end.Cancel();
        });
        timer.Change(stay(), Timeout.InfiniteTimeSpan);
        life.Run(end.Token);
    }
}
