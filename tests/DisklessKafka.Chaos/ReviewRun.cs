using Confluent.Kafka;
using System.Net;
using DisklessKafka.Chaos.Load;
using DisklessKafka.Chaos.Reading;
using DisklessKafka.Checking;
using DisklessKafka.Peers;

namespace DisklessKafka.Chaos;

/// <param name="Topic">An empty one that is there already; null to make one and delete it in the end.</param>
/// <param name="Partitions">Of the topic that is made.</param>
/// <param name="AnyBroker">Every broker takes writes for every partition, as ours do: then each is looked at by itself too.</param>
/// <param name="LeftOut">Not to be used though the cluster offers it.</param>
internal sealed record ReviewOptions(
    string Bootstrap, TimeSpan Time, string? Topic, int Partitions, short ReplicationFactor, double RecordsPerSecond, bool AnyBroker, bool KeepTopic, IReadOnlyList<Ability> LeftOut);

/// <summary>
/// The parts of a chaos run that need no control over processes, on any Kafka that runs already: rest, peaks and replays. Whoever
/// runs it may disturb the cluster meanwhile as they like: the history shows what came of it.
/// </summary>
internal static class ReviewRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120), Quiet = TimeSpan.FromSeconds(3);

    /// <exception cref="ReviewException">The cluster cannot be reviewed this way.</exception>
    public static async Task<RunResult> RunAsync(ReviewOptions options, Action<string> say, CancellationToken stop)
    {
        Librdkafka.Load();
        var run = new RunRecord();
        var target = options.Topic is null ? await MakeAsync(options) : await FindAsync(options.Bootstrap, options.Topic);
        var brokers = (await ClusterMap.OfAsync(target)).Brokers;
        var abilities = (await Abilities.OfAsync(brokers[0])).Without(options.LeftOut);
        if (abilities.Processing && (await ClusterMap.OfAsync(target.Outcomes)).Leaders.Count != target.Partitions)
            abilities = abilities with { Processing = false };
        say($"topic {target.Topic} on {brokers.Count} brokers; {Described(abilities)}.");
        say($"{options.Time.TotalMinutes:0.#} minutes from now on. Disturb the cluster as you like: what comes of it will be shown.");

        var contents = await WatchAsync(options, run, target, abilities, options.AnyBroker ? [.. brokers.Select<EndPoint, Func<EndPoint>>(broker => () => broker)] : [], stop);
        var anomalies = HistoryChecker.Check(run.History, contents);
        say($"{contents.Partitions.Sum(partition => partition.Entries.Count)} records read back; {anomalies.Count} anomalies");
        if (options.Topic is null && !options.KeepTopic)
            await LoadTopics.DeleteAsync(target);
        return new RunResult($"Review of {options.Bootstrap}", $"{brokers.Count} brokers; {Described(abilities)}", run, contents, anomalies, [], ControlsProcesses: false);
    }

    private static async Task<Contents> WatchAsync(ReviewOptions options, RunRecord run, LoadTarget target, Abilities abilities, IReadOnlyList<Func<EndPoint>> pinned, CancellationToken stop)
    {
        await using var workload = new Workload(run, target, Patience);
        workload.Start(new WorkloadSize(RecordsPerSecond: options.RecordsPerSecond), abilities, pinned, []);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        over.CancelAfter(options.Time);
        await Peaks.RunAsync(workload.Level, run, over.Token);
        run.History.MarkHealed(run.Clock.Now);
        await Pacing.PauseAsync(Quiet, CancellationToken.None);
        return await workload.FinishAsync();
    }

    private static async Task<LoadTarget> MakeAsync(ReviewOptions options)
    {
        var target = new LoadTarget(options.Bootstrap, $"review-{Guid.NewGuid():N}", options.Partitions);
        try
        {
            await LoadTopics.CreateAsync(target, options.ReplicationFactor);
            return target;
        }
        catch (KafkaException failure)
        {
            throw new ReviewException($"no topic could be made on {options.Bootstrap} ({failure.Error.Reason}): make an empty one and name it with --topic");
        }
    }

    private static async Task<LoadTarget> FindAsync(string bootstrap, string topic)
    {
        var target = new LoadTarget(bootstrap, topic, 0);
        var partitions = (await ClusterMap.OfAsync(target)).Leaders.Count;
        if (partitions == 0)
            throw new ReviewException($"there is no topic '{topic}' on {bootstrap}");
        if (!await new FinalReader(target).IsEmptyAsync())
            throw new ReviewException($"topic '{topic}' is not empty: what is there already cannot be told from what must not be there");
        return target with { Partitions = partitions };
    }

    private static string Described(Abilities abilities) =>
        $"groups {(abilities.Groups ? "take part" : "left out")}, transactions {(abilities.Transactions ? "take part" : "left out")}, processing in transactions {(abilities.Processing ? "takes part" : "left out")}";
}

/// <summary>A review cannot be held this way; the message says why, and what to do.</summary>
internal sealed class ReviewException(string message) : Exception(message);
