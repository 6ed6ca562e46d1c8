using System.CommandLine;
using System.Text.Json.Nodes;
using DisklessKafka.Load;
using DisklessKafka.Load.Peers;
using DisklessKafka.Load.Verbs;
using DisklessKafka.Peers;
using DisklessKafka.TestKit.Servers;

var bootstrap = new Option<string>("--bootstrap") { Description = "HOST:PORT of the broker", DefaultValueFactory = _ => "127.0.0.1:9092" };
var topic = new Option<string>("--topic") { Description = "created when absent", DefaultValueFactory = _ => $"load-{Guid.NewGuid():N}" };
var partitions = new Option<int>("--partitions") { DefaultValueFactory = _ => 8 };
var recordBytes = new Option<int>("--record-bytes") { Description = "size of a record's value, incompressible", DefaultValueFactory = _ => 1024 };
var rate = new Option<double>("--rate") { Description = "open loop: records (raw: requests) a second; 0: closed loop" };
var warmup = new Option<double>("--warmup") { Description = "seconds before measuring", DefaultValueFactory = _ => 3 };
var seconds = new Option<double>("--seconds") { Description = "seconds measured", DefaultValueFactory = _ => 10 };
var linger = new Option<int>("--linger-ms") { Description = "librdkafka's linger.ms", DefaultValueFactory = _ => 5 };
var idempotent = new Option<bool>("--idempotent");
var serverPid = new Option<int?>("--server-pid") { Description = "the broker's process id, to count its processor time" };
var serversParent = new Option<int?>("--servers-pid") { Description = "process id of 'Load servers': each program below it is counted by name" };
var metrics = new Option<string?>("--metrics") { Description = "HOST:PORT of the agent's metrics: reports what it measured itself" };
var way = new Option<FileWay>("--way") { Description = "how files are written: Cached, Dropped (from the page cache, after the sync) or Direct (past it)" };
var connections = new Option<int>("--connections") { DefaultValueFactory = _ => 2 };
var inFlight = new Option<int>("--in-flight") { Description = "requests under way on a connection", DefaultValueFactory = _ => 5 };
var batchBytes = new Option<int>("--batch-bytes") { Description = "size of the one batch in a request", DefaultValueFactory = _ => 1_000_000 };
var fetchBytes = new Option<int>("--fetch-bytes") { DefaultValueFactory = _ => 8 << 20 };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3 };
var directory = new Option<string>("--directory") { DefaultValueFactory = _ => "." };
var objects = new Option<string>("--objects") { Description = "as for the agent", DefaultValueFactory = _ => "memory:" };
var unitBytes = new Option<int>("--bytes") { Description = "size of a file or object", DefaultValueFactory = _ => 8 << 20 };
var producers = new Option<int>("--producers") { Description = "transactional producers", DefaultValueFactory = _ => 50 };
var members = new Option<int>("--members") { Description = "of all groups together", DefaultValueFactory = _ => 100 };
var groupSize = new Option<int>("--group-size") { Description = "members of each group", DefaultValueFactory = _ => 100 };
var interval = new Option<double>("--interval") { Description = "seconds between two heartbeats of a member", DefaultValueFactory = _ => 3 };
var concurrency = new Option<int>("--concurrency") { DefaultValueFactory = _ => 4 };

ProduceLoad ToLoad(ParseResult given, double defaultRate = 0) => new(
    given.GetValue(bootstrap)!,
    given.GetValue(topic)!,
    given.GetValue(partitions),
    given.GetValue(recordBytes),
    given.GetValue(rate) is > 0 and var perSecond ? perSecond : defaultRate,
    TimeSpan.FromSeconds(given.GetValue(warmup)),
    TimeSpan.FromSeconds(given.GetValue(seconds)),
    given.GetValue(linger),
    given.GetValue(idempotent),
    given.GetValue(serverPid),
    given.GetValue(serversParent),
    given.GetValue(metrics));

RawLoad ToRawLoad(ParseResult given) => new(
    given.GetValue(bootstrap)!,
    given.GetValue(topic)!,
    given.GetValue(partitions),
    given.GetValue(connections),
    given.GetValue(inFlight),
    given.GetValue(batchBytes),
    given.GetValue(recordBytes),
    given.GetValue(rate),
    TimeSpan.FromSeconds(given.GetValue(warmup)),
    TimeSpan.FromSeconds(given.GetValue(seconds)),
    given.GetValue(serverPid),
    given.GetValue(metrics));

Command Verb(string name, string description, Option[] options, Func<ParseResult, Task<JsonObject>> run)
{
    var command = new Command(name, description);
    foreach (var option in options)
        command.Options.Add(option);
    command.SetAction(async (given, _) => Report.Print(await run(given)));
    return command;
}

Option[] produceOptions = [bootstrap, topic, partitions, recordBytes, rate, warmup, seconds, linger, idempotent, serverPid, serversParent, metrics];
var root = new RootCommand("Load for any Kafka broker, and the yardsticks it is measured with; prints JSON.")
{
    Verb("produce", "produce with librdkafka, acks=all", produceOptions, given => ProduceVerb.RunAsync(ToLoad(given))),
    Verb("compare", "the same on librdkafka's in-memory mock broker and on the broker given, by turns", [.. produceOptions, rounds],
        given => CompareVerb.RunAsync(ToLoad(given), given.GetValue(rounds))),
    Verb("tail", "produce at a rate and follow: latency to the acknowledgement and to the reader", produceOptions, given => TailVerb.RunAsync(ToLoad(given, defaultRate: 1_000))),
    Verb("catchup", "read a topic from the beginning to its end", [bootstrap, topic, partitions, fetchBytes, serverPid],
        given => CatchupVerb.RunAsync(given.GetValue(bootstrap)!, given.GetValue(topic)!, given.GetValue(partitions), given.GetValue(fetchBytes), given.GetValue(serverPid))),
    Verb("raw", "resend encoded batches from a raw client", [bootstrap, topic, partitions, connections, inFlight, batchBytes, recordBytes, rate, warmup, seconds, serverPid, metrics],
        given => RawVerb.RunAsync(ToRawLoad(given))),
    Verb("transactions", "transactions of one batch: how long their end takes, beside any other append", [bootstrap, topic, partitions, producers, rate, warmup, seconds],
        given => TransactionsVerb.RunAsync(new(given.GetValue(bootstrap)!, given.GetValue(topic)!, given.GetValue(partitions), given.GetValue(producers), given.GetValue(rate),
            TimeSpan.FromSeconds(given.GetValue(warmup)), TimeSpan.FromSeconds(given.GetValue(seconds))))),
    Verb("rebalance", "a group that forms, and that forms anew: how long until all members have their assignment", [bootstrap, topic, partitions, members, rounds],
        given => RebalanceVerb.RunAsync(given.GetValue(bootstrap)!, given.GetValue(topic)!, given.GetValue(partitions), given.GetValue(members), given.GetValue(rounds))),
    Verb("heartbeats", "heartbeats of many members: what they take of the agent, and of the metadata log", [bootstrap, members, groupSize, connections, interval, warmup, seconds, serverPid, metrics],
        given => HeartbeatsVerb.RunAsync(new(given.GetValue(bootstrap)!, given.GetValue(members), given.GetValue(groupSize), given.GetValue(connections), TimeSpan.FromSeconds(given.GetValue(interval)),
            TimeSpan.FromSeconds(given.GetValue(warmup)), TimeSpan.FromSeconds(given.GetValue(seconds)), given.GetValue(serverPid), given.GetValue(metrics)))),
    Verb("offset-commits", "members that commit again as soon as they have their answer", [bootstrap, topic, partitions, members, groupSize, connections, warmup, seconds, serverPid, serversParent, metrics],
        given => OffsetCommitsVerb.RunAsync(new(given.GetValue(bootstrap)!, given.GetValue(topic)!, given.GetValue(partitions), given.GetValue(members), given.GetValue(groupSize), given.GetValue(connections),
            TimeSpan.FromSeconds(given.GetValue(warmup)), TimeSpan.FromSeconds(given.GetValue(seconds)), given.GetValue(serverPid), given.GetValue(serversParent), given.GetValue(metrics)))),
    Verb("disk", "yardstick: create, write and sync files", [directory, unitBytes, seconds, concurrency, way],
        given => BaselineVerbs.DiskAsync(given.GetValue(directory)!, given.GetValue(unitBytes), TimeSpan.FromSeconds(given.GetValue(seconds)), given.GetValue(concurrency), given.GetValue(way))),
    Verb("put", "yardstick: put objects into an object store", [objects, unitBytes, seconds, concurrency, serversParent],
        given => BaselineVerbs.PutAsync(given.GetValue(objects)!, given.GetValue(unitBytes), TimeSpan.FromSeconds(given.GetValue(seconds)), given.GetValue(concurrency), given.GetValue(serversParent))),
};

var mock = new Command("mock", "librdkafka's mock broker, until standard input ends; prints 'ready HOST:PORT'") { topic, partitions };
mock.SetAction(async (given, cancellation) =>
{
    using var broker = new MockBroker();
    broker.CreateTopic(given.GetValue(topic)!, given.GetValue(partitions));
    Console.Out.WriteLine($"ready {broker.Bootstrap}");
    await Console.In.ReadToEndAsync(cancellation);
});
root.Subcommands.Add(mock);

var bounce = new Command("bounce", "answers every frame without looking at it, until standard input ends; prints 'ready HOST:PORT'");
bounce.SetAction(async (_, cancellation) =>
{
    var bouncer = new Bouncer(); // for as long as this process
    new Thread(bouncer.Run) { IsBackground = true }.Start();
    Console.Out.WriteLine($"ready {bouncer.Bootstrap}");
    await Console.In.ReadToEndAsync(cancellation);
});
root.Subcommands.Add(bounce);

var servers = new Command("servers", "a Postgres and an S3 server for an agent to run on, until standard input ends; prints the agent's arguments");
servers.SetAction(async (_, cancellation) =>
{
    await using var postgres = await PostgresServer.StartAsync();
    var s3 = await S3Server.SharedAsync();
    Console.Out.WriteLine($"--metadata {postgres.Url} --objects {s3.NewUrl()}");
    await Console.In.ReadToEndAsync(cancellation);
});
root.Subcommands.Add(servers);

return await root.Parse(args).InvokeAsync();
