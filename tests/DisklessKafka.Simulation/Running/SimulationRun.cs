using DisklessKafka.Checking;
using DisklessKafka.Checking.Operations;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Simulation.Clients;
using DisklessKafka.Simulation.Faults;
using DisklessKafka.Simulation.Machines;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Running;

/// <summary>One seed, from an empty bucket to the verdict: a cluster comes up, is used and broken, is mended, and held against its promises.</summary>
internal sealed class SimulationRun
{
    private const string Topic = "events";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10); // after the faults: nothing then takes so long

    private readonly SimulatedWorld _world;
    private readonly SimulatedNode _node;
    private readonly Scenario _scenario;
    private readonly Random _random;
    private readonly RunLog _log;
    private readonly SimulatedCluster _cluster;
    private readonly List<ClientContext> _clients = [];
    private readonly List<(ClientContext Client, Task Task)> _writers = [];
    private readonly List<(ClientContext Client, Task Task, Consumer? Consumer)> _readers = [];
    private readonly Contents _contents = new();
    private int _faults;

    private SimulationRun(SimulatedWorld world, SimulatedNode node, Scenario scenario, Random random, RunLog log)
    {
        (_world, _node, _scenario, _random, _log) = (world, node, scenario, random, log);
        _cluster = new SimulatedCluster(world, scenario, random, log);
    }

    /// <param name="length">How long things are broken; the run itself goes on a little longer.</param>
    /// <param name="echo">Where every line of the journal goes; null for nowhere.</param>
    public static SeedResult Run(int seed, TimeSpan length, TextWriter? echo)
    {
        SimulatedWorld? world = null;
        SimulationRun? run = null;
        Journal? journal = null;
        RunLog? log = null;
        IReadOnlyList<Anomaly> anomalies = [];
        try
        {
            SimulatedWorld.Run(seed, length + (2 * Patience), async (created, node) =>
            {
                world = created;
                var random = new Random(seed);
                var scenario = Scenario.Draw(random, length);
                journal = new Journal(world, echo);
                log = new RunLog(journal);
                log.Write("seed", $"{seed}: {scenario}");
                run = new SimulationRun(world, node, scenario, random, log);
                anomalies = await run.RunAsync();
            });
        }
        catch (Exception failure)
        {
            log?.Broken($"the run broke off: {failure}");
        }

        using (journal)
        {
            foreach (var anomaly in anomalies) journal!.Write("ANOMALY", anomaly.ToString());
            return new SeedResult(
                seed, journal?.Hash ?? "", world?.Elapsed ?? TimeSpan.Zero, world?.Steps ?? 0, run?._faults ?? 0,
                run?._cluster.History.Operations.Count() ?? 0, [.. log?.AllBroken ?? [], .. anomalies.Select(anomaly => anomaly.ToString())]);
        }
    }

    private async Task<IReadOnlyList<Anomaly>> RunAsync()
    {
        foreach (var agent in _cluster.Agents) agent.Start();
        await CreateTopicAsync();
        StartClients();
        var sweeper = _world.AddNode("sweeper");
        _ = sweeper.Start(new OrphanSweeper(sweeper, _cluster.Services, _log, new Random(_random.Next())).RunAsync);

        var nemesis = new Nemesis(_node, _cluster, _scenario, new Random(_random.Next()));
        await nemesis.RunAsync();
        _faults = nemesis.Count + _cluster.Services.LogWeather.Count + _cluster.Services.StoreWeather.Count;
        await HealAsync();
        await SettleAsync();
        var reader = NewClient("final reader");
        var id = await reader.FindTopicAsync(Topic);
        for (var partition = 0; partition < _scenario.Partitions; partition++) await new FinalReader(reader).ReadAsync(id, _contents[new PartitionName(Topic, partition)]);
        await CompareReplicasAsync();
        foreach (var late in LateReads.Find(_cluster.History)) _log.Broken(late);
        return HistoryChecker.Check(AfterRewind.Filter(_cluster), _contents);
    }

    private async Task CreateTopicAsync()
    {
        var admin = NewClient("admin");
        while (true)
        {
            var answer = await admin.AskAsync(
                new CreateTopicsRequest { Topics = [new() { Name = new TopicName(Topic), NumPartitions = _scenario.Partitions, ReplicationFactor = -1 }], TimeoutMs = 10_000 }, 7);
            if (answer is { Topics: [{ ErrorCode: ErrorCode.None or ErrorCode.TopicAlreadyExists }] }) return;
            await admin.Pause(100, 1_000);
        }
    }

    private void StartClients()
    {
        var workload = new Workload(_node.Clock, new Random(_random.Next()));
        for (var i = 0; i < _scenario.IdempotentProducers; i++)
            AddWriter($"idempotent-{i}", client => new IdempotentProducer(client, Topic, _scenario.Partitions, workload).RunAsync());
        for (var i = 0; i < _scenario.PlainProducers; i++)
            AddWriter($"plain-{i}", client => new PlainProducer(client, Topic, _scenario.Partitions, workload).RunAsync());
        for (var i = 0; i < _scenario.TransactionalProducers; i++)
            AddWriter($"transactional-{i}", client => new TransactionalProducer(client, Topic, _scenario.Partitions, workload).RunAsync());
        for (var i = 0; i < _scenario.TopicUsers; i++) AddWriter($"topics-{i}", client => new TopicUser(client, _contents).RunAsync());
        for (var i = 0; i < _scenario.GroupMembers; i++)
        {
            var member = NewClient($"member-{i}");
            _readers.Add((member, member.Node.Start(new GroupMember(member, "group", Topic, _scenario.Partitions).RunAsync), null));
        }

        var claims = new Claims();
        for (var i = 0; i < _scenario.ConsumerMembers; i++)
        {
            var member = NewClient($"consumer-{i}");
            _readers.Add((member, member.Node.Start(async () => await new ConsumerMember(member, claims, "consumers", Topic, await member.FindTopicAsync(Topic)).RunAsync()), null));
        }

        for (var i = 0; i < _scenario.TailingConsumers; i++) AddConsumer($"tailing-{i}", Reading.Tailing);
        for (var i = 0; i < _scenario.LaggingConsumers; i++) AddConsumer($"lagging-{i}", Reading.Lagging);
        for (var i = 0; i < _scenario.ReplayingConsumers; i++) AddConsumer($"replaying-{i}", Reading.Replaying);
        var watcher = NewClient("watcher");
        _readers.Add((watcher, watcher.Node.Start(new WatermarkWatcher(watcher, Topic, _scenario.Partitions).RunAsync), null));
    }

    private void AddWriter(string name, Func<ClientContext, Task> run)
    {
        var client = NewClient(name);
        _writers.Add((client, client.Node.Start(() => run(client))));
    }

    private void AddConsumer(string name, Reading reading)
    {
        var client = NewClient(name);
        int[] all = [.. Enumerable.Range(0, _scenario.Partitions)];
        int[] some = reading == Reading.Tailing && client.Random.Next(2) == 0 ? [all[client.Random.Next(all.Length)]] : all;
        var consumer = new Consumer(client, Topic, some, reading);
        _readers.Add((client, client.Node.Start(consumer.RunAsync), consumer));
    }

    private ClientContext NewClient(string name)
    {
        var client = new ClientContext(_clients.Count + 1, name, _world.AddNode(name), _cluster, new Random(_random.Next()));
        _clients.Add(client);
        return client;
    }

    /// <summary>All agents are back, by themselves, within a time that a user would accept.</summary>
    private async Task HealAsync()
    {
        _log.Write("HEAL", "nothing is broken any more");
        _cluster.IsHealed = true;
        var deadline = _node.Clock.Elapsed + TimeSpan.FromMinutes(2);
        while (!_cluster.Agents.All(agent => agent.Life is { Server: not null, Core.NodeId: >= 0 }))
        {
            if (_node.Clock.Elapsed > deadline)
            {
                foreach (var agent in _cluster.Agents.Where(agent => agent.Life is not { Server: not null, Core.NodeId: >= 0 })) _log.Broken($"{agent.Name} has not come back");
                break;
            }

            await _node.Clock.Delay(TimeSpan.FromMilliseconds(500));
        }

        _cluster.History.MarkHealed(_cluster.Now);
        await _node.Clock.Delay(TimeSpan.FromSeconds(45));
    }

    /// <summary>Writers end what they have begun; readers get to the end of it.</summary>
    private async Task SettleAsync()
    {
        foreach (var (client, _) in _writers) client.IsStopping = true;
        await WhenDoneAsync(TimeSpan.FromMinutes(2), () => _writers.TrueForAll(writer => writer.Task.IsCompleted));
        Metadata.State.ClusterView[] views = [.. _cluster.Agents.Select(agent => agent.Life!.Core!.Replica.View)]; // whoever acknowledged the last write has it
        await WhenDoneAsync(TimeSpan.FromMinutes(2), () => _readers.TrueForAll(reader => reader.Consumer?.HasReached(partition => views.Max(view => EndOf(view, partition))) ?? true));
        await WhenDoneAsync(TimeSpan.FromMinutes(1), AreReadersBack);
        foreach (var (client, _, _) in _readers) client.IsStopping = true;
        await WhenDoneAsync(TimeSpan.FromMinutes(1), () => _readers.TrueForAll(reader => reader.Task.IsCompleted));
        foreach (var task in _writers.Select(writer => writer.Task).Concat(_readers.Select(reader => reader.Task)))
            if (task.IsFaulted)
                _log.Broken($"a client broke off: {task.Exception.InnerException}");
        // A client that never does anything proves nothing, and the checker cannot miss it.
        var busy = _cluster.History.Operations.Where(operation => operation.IsAcknowledged).Select(operation => operation.Client).ToHashSet();
        foreach (var client in _writers.Select(writer => writer.Client).Concat(_readers.Select(reader => reader.Client)))
            if (!busy.Contains(client.Number))
                _log.Broken($"{client.Name} got nothing done at all");
        _cluster.History.MarkStopped(_cluster.Now);
    }

    /// <summary>
    /// Every reader has had something done since all was healed. A static member of a group may have to wait for its last life's session to
    /// end, and that one's time begins anew when the session of the agent that timed it has ended.
    /// </summary>
    private bool AreReadersBack()
    {
        var back = _cluster.History.Operations.Where(operation => operation.IsAcknowledged && operation.Completed >= _cluster.History.Healed).Select(operation => operation.Client).ToHashSet();
        return _readers.TrueForAll(reader => back.Contains(reader.Client.Number));
    }

    private async Task WhenDoneAsync(TimeSpan patience, Func<bool> isDone)
    {
        var deadline = _node.Clock.Elapsed + patience;
        while (!isDone() && _node.Clock.Elapsed < deadline) await _node.Clock.Delay(TimeSpan.FromMilliseconds(250));
    }

    private static long EndOf(Metadata.State.ClusterView view, PartitionName partition) =>
        view.Topics.TryFind(new TopicName(partition.Topic), out var topic) ? topic.Find(partition.Partition)!.View.HighWatermark : 0;

    /// <summary>At one version all replicas are the same, whatever snapshots they began from.</summary>
    private async Task CompareReplicasAsync()
    {
        var hashes = new Dictionary<long, ulong>();
        for (var round = 0; round < 5; round++)
        {
            foreach (var agent in _cluster.Agents)
            {
                if (agent.Life is not { Core: { } core } life) continue;
                var (version, hash) = await life.Node.Start(() => core.Replica.QueryAsync(state => (state.View.Version, state.Hash()), CancellationToken.None).AsTask());
                if (!hashes.TryAdd(version, hash) && hashes[version] != hash) _log.Broken($"at version {version} {agent.Name} has another state than others");
            }
        }
    }
}
