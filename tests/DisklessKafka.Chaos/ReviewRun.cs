using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DisklessKafka.Chaos.Load;
using DisklessKafka.Chaos.Reading;
using DisklessKafka.Checking;
using DisklessKafka.Peers;

namespace DisklessKafka.Chaos;

/// <param name="AnyBroker">Every broker takes writes for every partition, as ours do: then each is looked at by itself too.</param>
internal sealed record ReviewOptions(string Bootstrap, TimeSpan Time, int Partitions, short ReplicationFactor, double RecordsPerSecond, bool AnyBroker, bool KeepTopic);

/// <summary>
/// The parts of a chaos run that need no control over processes, on any Kafka that runs already: rest, peaks and replays. Whoever
/// runs it may disturb the cluster meanwhile as they like: the history shows what came of it.
/// </summary>
internal static class ReviewRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task<RunResult> RunAsync(ReviewOptions options, Action<string> say, CancellationToken stop)
    {
        Librdkafka.Load();
        var run = new RunRecord();
        var target = new LoadTarget(options.Bootstrap, $"review-{Guid.NewGuid():N}", options.Partitions);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = options.Bootstrap }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = target.Topic, NumPartitions = target.Partitions, ReplicationFactor = options.ReplicationFactor }]);
        var brokers = await new FinalReader(target).BrokersAsync();
        say($"topic {target.Topic} on {brokers.Count} brokers; {options.Time.TotalMinutes:0.#} minutes from now on. Disturb them as you like: what comes of it will be shown.");

        await using (var workload = new Workload(run, target, Patience))
        {
            workload.Start(new WorkloadSize(RecordsPerSecond: options.RecordsPerSecond), await Abilities.OfAsync(brokers[0]), options.AnyBroker ? brokers : [], []);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            over.CancelAfter(options.Time);
            await Peaks.RunAsync(workload.Level, run, over.Token);
            run.History.MarkHealed(run.Clock.Now);
            await Pacing.PauseAsync(Peaks.Quiet, CancellationToken.None);
            await workload.FinishAsync();
        }

        var contents = await new FinalReader(target).ReadAsync();
        var anomalies = HistoryChecker.Check(run.History, contents);
        say($"{contents.Partitions.Sum(partition => partition.Entries.Count)} records read back; {anomalies.Count} anomalies");
        if (!options.KeepTopic)
            await admin.DeleteTopicsAsync([target.Topic]);
        return new RunResult($"Review of {options.Bootstrap}", $"{brokers.Count} brokers", run, contents, anomalies, [], ControlsProcesses: false);
    }
}
