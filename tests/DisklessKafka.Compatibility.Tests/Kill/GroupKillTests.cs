using System.Globalization;
using System.Text;
using Confluent.Kafka;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.Peers;
using Xunit;
using Xunit.Abstractions;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>
/// Three agents over Postgres and S3, one of them killed again and again, while a group reads what is written: no member's
/// partitions change because an agent died, everything is read, and what was committed stands.
/// </summary>
public sealed class GroupKillTests(ITestOutputHelper output)
{
    private const int Partitions = 6, Members = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(GroupProtocol.Classic)]
    [InlineData(GroupProtocol.Consumer)]
    public async Task A_group_reads_on_undisturbed_while_agents_are_killed(GroupProtocol protocol)
    {
        Librdkafka.Load();
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DISKLESSKAFKA_SEED"), out var given) ? given : Environment.TickCount & 0xFFFFFF;
        var kills = int.TryParse(Environment.GetEnvironmentVariable("DISKLESSKAFKA_KILLS"), out var wanted) ? wanted : 6;
        output.WriteLine($"DISKLESSKAFKA_SEED={seed}");
        await using var agents = await KillableAgents.StartAsync(new Random(seed));
        var members = new List<GroupMember>();
        try
        {
            var bootstrap = agents.Bootstrap;
            var (topic, group) = (RunningAgent.NewTopic("group-kill"), RunningAgent.NewTopic("readers"));
            Assert.Null((await AllClients.Reference.AdministerAsync(bootstrap, AdminStep.CreateTopic(topic, Partitions)))[0].Error);
            for (var i = 0; i < Members; i++) members.Add(GroupMember.WithDefaultTimes(bootstrap, topic, group, protocol));
            foreach (var member in members) await member.OwnsAsync(Partitions / Members, Patience);
            var (owned, rebalances) = (members.ConvertAll(member => member.Owned), members.ConvertAll(member => member.Rebalances));
            Assert.Equal(Partitions, owned.SelectMany(each => each).Distinct().Count());

            using var stop = new CancellationTokenSource();
            var writing = Task.Factory.StartNew(() => Write(bootstrap, topic, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await agents.KillAsync(kills, kill => output.WriteLine($"kill {kill}: {members.Sum(member => member.Values.Count)} records read"));
            await stop.CancelAsync();
            var written = await writing.WaitAsync(Patience);
            Assert.True(written.Count > 100, $"only {written.Count} records were written: that proves little");
            await GroupMember.ReadAsync(members, written, Patience);
            Assert.Equal(rebalances, members.ConvertAll(member => member.Rebalances));
            Assert.Equal(owned, members.ConvertAll(member => member.Owned));
            var ends = members.SelectMany(member => member.Positions()).ToDictionary();
            foreach (var member in members) member.Leave(); // commits what it has read
            using var next = GroupMember.WithDefaultTimes(bootstrap, topic, group, protocol);
            await next.OwnsAsync(Partitions, Patience);
            Assert.Equal(ends.OrderBy(pair => pair.Key), next.Committed().OrderBy(pair => pair.Key));
            next.Leave();
        }
        finally
        {
            foreach (var member in members) member.Dispose();
        }
    }

    /// <returns>What was acknowledged.</returns>
    private static List<string> Write(string bootstrap, string topic, CancellationToken stopping)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true, LingerMs = 20 })
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var written = new List<string>();
        for (var i = 0; !stopping.IsCancellationRequested; i++)
        {
            var value = i.ToString("000000", CultureInfo.InvariantCulture);
            producer.Produce(new TopicPartition(topic, i % Partitions), new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes(value) }, report =>
            {
                if (report.Error.Code == ErrorCode.NoError) written.Add(value); // on the producer's one thread of reports
            });
            stopping.WaitHandle.WaitOne(5); // a steady trickle
        }

        producer.Flush(Patience);
        return written;
    }
}
