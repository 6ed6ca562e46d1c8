using System.CommandLine;
using DisklessKafka.Chaos;
using DisklessKafka.Chaos.Faults;
using DisklessKafka.Chaos.Load;
using DisklessKafka.Chaos.Report;

var seed = new Option<int?>("--seed") { Description = "What is done when follows from it; another one each time if not given" };
var minutes = new Option<double>("--minutes") { Description = "How long faults are injected; start, heal and reading back come on top", DefaultValueFactory = _ => 10 };
var faults = new Option<int>("--faults") { Description = "At most so many faults", DefaultValueFactory = _ => int.MaxValue };
var agents = new Option<int>("--agents") { Description = "Agent processes, three to six", DefaultValueFactory = _ => 3 };
var zones = new Option<int>("--zones") { Description = "Availability zones that the agents are spread over", DefaultValueFactory = _ => 3 };
var embedded = new Option<bool>("--embedded") { Description = "One agent on its embedded store instead, on a disk that can be filled (needs root)" };
var only = new Option<FaultKind[]>("--only") { Description = "These kinds of faults and no others; may be repeated", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var output = new Option<string>("--output") { Description = "Folder for the reports (Markdown, and HTML with plots)", DefaultValueFactory = _ => "artifacts/chaos", Recursive = true };

var root = new RootCommand("""
    Takes a cluster of real agent processes apart and checks what its clients saw.

    Starts Postgres, an S3 server (scripts/install brings both) and agents; real clients write and read; agents are killed, stopped,
    paused for longer than their session, cut off from their stores or delayed; Postgres and the object store are restarted, killed and
    overloaded; a zone is lost. In the end everything is healed and read back, and the whole history is held against what Kafka promises.
    Exit code 1 if anything was broken. The same seed does the same things at the same times; what clients then see is up to the machine.
    """)
{ seed, minutes, faults, agents, zones, embedded, only, output };
root.SetAction(async (given, stop) =>
{
    var options = new ChaosOptions(
        given.GetValue(seed) ?? Random.Shared.Next(1_000_000),
        TimeSpan.FromMinutes(given.GetValue(minutes)),
        given.GetValue(faults),
        given.GetValue(agents),
        Math.Min(given.GetValue(zones), given.GetValue(agents)),
        given.GetValue(embedded) ? Backend.Embedded : Backend.Servers,
        given.GetValue(only)!);
    return Conclude(await ChaosRun.RunAsync(options, Console.Out.WriteLine, stop), given.GetValue(output)!, $"{options.Backend}-{options.Seed}".ToLowerInvariant());
});

var bootstrap = new Option<string>("--bootstrap") { Description = "HOST:PORT of one or more brokers, separated by commas", Required = true };
var reviewMinutes = new Option<double>("--minutes") { Description = "How long clients write and read; reading back comes on top", DefaultValueFactory = _ => 2 };
var partitions = new Option<int>("--partitions") { Description = "Of the topic that is made for this", DefaultValueFactory = _ => 8 };
var replicas = new Option<short>("--replication-factor") { Description = "Of that topic; -1 for the cluster's default", DefaultValueFactory = _ => -1 };
var rate = new Option<double>("--rate") { Description = "Records a second of each of the four producers; six times as many at peaks", DefaultValueFactory = _ => 60 };
var anyBroker = new Option<bool>("--any-broker") { Description = "Every broker serves every partition, as those of DisklessKafka do: look at each by itself too" };
var topic = new Option<string>("--topic") { Description = "An empty topic that is there already, instead of one made for this; with a second one of its name and '-outcomes', processing in transactions takes part" };
var leaveOut = new Option<Ability[]>("--leave-out") { Description = "What clients shall not use though the cluster offers it; may be repeated", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var keepTopic = new Option<bool>("--keep-topic") { Description = "Do not delete the topic in the end" };

var review = new Command("review", """
    Looks at a Kafka cluster that runs already, of whatever make, with the same clients, checks and report.

    Nothing is broken by it, so that it can be held against a cluster in use; break what you like while it runs (kill a broker, restart
    its database, cut a zone off): the report shows for how long producers could not write and whether any promise was broken.
    It makes two topics and deletes them. Exit code 1 if anything was broken, 2 if it could not be told.

      dotnet run -c Release --project tests/DisklessKafka.Chaos -- review --bootstrap kafka-1:9092 --minutes 10
    """)
{ bootstrap, reviewMinutes, topic, partitions, replicas, rate, anyBroker, keepTopic, leaveOut };
review.SetAction(async (given, stop) =>
{
    var options = new ReviewOptions(
        given.GetValue(bootstrap)!,
        TimeSpan.FromMinutes(given.GetValue(reviewMinutes)),
        given.GetValue(topic),
        given.GetValue(partitions),
        given.GetValue(replicas),
        given.GetValue(rate),
        given.GetValue(anyBroker),
        given.GetValue(keepTopic),
        given.GetValue(leaveOut)!);
    try
    {
        return Conclude(await ReviewRun.RunAsync(options, Console.Out.WriteLine, stop), given.GetValue(output)!, "review");
    }
    catch (ReviewException failure)
    {
        Console.Error.WriteLine(failure.Message);
        return 2;
    }
});
root.Subcommands.Add(review);

return await root.Parse(args).InvokeAsync();

static int Conclude(RunResult result, string folder, string name)
{
    var path = ReportFiles.Write(ChaosReport.Of(result), folder, name);
    if (!result.IsClean)
    {
        File.WriteAllText(path + ".agents.log", string.Join("\n\n", result.Said));
        File.WriteAllText(path + ".evidence.txt", EvidenceReport.Of(result));
    }

    Console.Out.WriteLine($"{(result.IsClean ? "clean" : "BROKEN")}: {path}.html");
    return result.IsClean ? 0 : 1;
}
