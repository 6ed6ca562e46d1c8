using System.Text;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using Xunit;

namespace DisklessKafka.Compatibility.Tests;

/// <summary>Unmodified clients write to and read from a real agent process; each client's writes are cross-read by librdkafka.</summary>
public abstract class ProduceAndConsumeTests(RunningAgent agent)
{
    private const int RecordCount = 300;

    private static KafkaClient Reference => AllClients.Reference;

    public static TheoryData<string, string, bool> WriteCases()
    {
        var cases = new TheoryData<string, string, bool>();
        foreach (var client in AllClients.List)
        {
            foreach (var compression in client.Writes)
            {
                cases.Add(client.Name, compression, false);
                if (client.Can(Abilities.Idempotence))
                    cases.Add(client.Name, compression, true);
            }
        }

        return cases;
    }

    public static TheoryData<string, string> ReadCases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var client in AllClients.List.Where(client => client != Reference))
        {
            foreach (var compression in client.Reads)
                cases.Add(client.Name, compression);
        }

        return cases;
    }

    public static TheoryData<string> Clients() => [.. AllClients.List.Select(client => client.Name)];

    [Theory]
    [MemberData(nameof(WriteCases))]
    public async Task Records_come_back_as_they_went_in(string clientName, string compression, bool idempotent)
    {
        var client = AllClients.Named(clientName);
        var topic = RunningAgent.NewTopic($"{clientName}-{compression}");
        var sent = SomeRecords(client.Abilities);

        var baseOffset = await client.ProduceAsync(agent.Bootstrap, topic, 0, compression, idempotent, sent);

        Assert.True(baseOffset is null or 0, $"the first record's offset is {baseOffset}");
        AssertSame(sent, await Reference.ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtOffset(0), sent.Count), client);
        if (client != Reference && client.Reads.Contains(compression))
            AssertSame(sent, await client.ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtOffset(0), sent.Count), client);
    }

    [Theory]
    [MemberData(nameof(ReadCases))]
    public async Task Every_client_reads_what_librdkafka_wrote(string clientName, string compression)
    {
        var client = AllClients.Named(clientName);
        var topic = RunningAgent.NewTopic($"read-{clientName}-{compression}");
        var sent = SomeRecords(client.Abilities | Abilities.Timestamps);
        await Reference.ProduceAsync(agent.Bootstrap, topic, 0, compression, idempotent: true, sent);

        AssertSame(sent, await client.ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtOffset(0), sent.Count), Reference);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Reading_begins_at_any_offset(string clientName)
    {
        var client = AllClients.Named(clientName);
        var topic = RunningAgent.NewTopic($"offset-{clientName}");
        var sent = SomeRecords(Abilities.Timestamps);
        await Reference.ProduceAsync(agent.Bootstrap, topic, 0, "lz4", idempotent: false, sent);

        foreach (var first in (int[])[1, RecordCount / 2, RecordCount - 1])
        {
            var read = await client.ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtOffset(first), 1);
            Assert.Equal(first, read[0].Offset);
            Assert.Equal(sent[first].Value, read[0].Value);
        }
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Reading_begins_at_a_time(string clientName)
    {
        var client = AllClients.Named(clientName);
        var topic = RunningAgent.NewTopic($"time-{clientName}");
        var sent = SomeRecords(Abilities.Timestamps);
        await Reference.ProduceAsync(agent.Bootstrap, topic, 0, "gzip", idempotent: false, sent);

        const int wanted = RecordCount / 3;
        var exactly = await client.ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtTime(sent[wanted].Timestamp!.Value), 1);
        Assert.Equal(wanted, exactly[0].Offset);
        var justAfter = await client.ConsumeAsync(agent.Bootstrap, topic, 0, StartingPoint.AtTime(sent[wanted].Timestamp!.Value + 1), 1);
        Assert.Equal(wanted + 1, justAfter[0].Offset);
    }

    /// <summary>Keys and values absent, empty, text and arbitrary bytes, headers, rising times, as far as the client can write them.</summary>
    private static List<ClientRecord> SomeRecords(Abilities abilities)
    {
        var binary = abilities.HasFlag(Abilities.BinaryValues);
        var random = new Random(7);
        var start = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (10 * RecordCount) - 60_000;
        var headers = new List<(string, byte[]?)> { ("content-type", "text/plain"u8.ToArray()), ("trace", "00-ab-cd"u8.ToArray()) };
        if (abilities.HasFlag(Abilities.NullHeaders))
            headers.Add(("nothing", null));

        var records = new List<ClientRecord>(RecordCount);
        for (var i = 0; i < RecordCount; i++)
        {
            var key = binary && i % 5 == 0 ? null : binary && i % 7 == 0 ? [] : Encoding.UTF8.GetBytes($"key-{i % 13}");
            var value = binary && key is not null && i % 11 == 0 ? null : // kafka-python refuses to send neither
                binary && i % 17 == 0 ? [] : binary && i % 2 == 0 ? Bytes(random, i) : Encoding.UTF8.GetBytes($"value {i} ä€😀 {new string('x', i)}");
            long? timestamp = abilities.HasFlag(Abilities.Timestamps) ? start + (10 * i) : null;
            records.Add(new ClientRecord(key, value, headers, timestamp));
        }

        return records;
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void AssertSame(IReadOnlyList<ClientRecord> sent, IReadOnlyList<ClientRecord> read, KafkaClient writer)
    {
        var withTimestamp = writer.Can(Abilities.Timestamps);
        Assert.Equal(sent.Select(record => record.Describe(withTimestamp)), read.Select(record => record.Describe(withTimestamp)));
        Assert.Equal(Enumerable.Range(0, sent.Count).Select(offset => (long?)offset), read.Select(record => record.Offset));
    }
}

[Collection(EmbeddedCollection.Name)]
public sealed class ProduceAndConsumeOnEmbeddedStore(EmbeddedAgent agent) : ProduceAndConsumeTests(agent);

[Collection(ServersCollection.Name)]
public sealed class ProduceAndConsumeOnPostgresAndS3(ServersAgent agent) : ProduceAndConsumeTests(agent);
