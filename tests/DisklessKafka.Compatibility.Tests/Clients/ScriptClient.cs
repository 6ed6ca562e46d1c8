using System.Text.Json;
using System.Text.Json.Serialization;
using DisklessKafka.TestKit.Processes;

namespace DisklessKafka.Compatibility.Tests.Clients;

/// <summary>A client library of another language, driven by a small script: steps go in and results come out as JSON.</summary>
internal abstract class ScriptClient : KafkaClient
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private static readonly JsonSerializerOptions JsonWithNulls = new();
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    protected abstract string Program { get; }

    protected abstract string Script { get; }

    protected virtual string Folder => "";

    protected static string ScriptPath(string name) => Path.Combine(AppContext.BaseDirectory, "Clients", name);

    public override async Task<long?> ProduceAsync(string bootstrap, string topic, int partition, string compression, bool idempotent, IReadOnlyList<ClientRecord> records)
    {
        var result = await RunStepAsync(bootstrap, new { verb = "produce", topic, partition, compression, idempotent, records = records.Select(RecordOnWire.From) });
        return result.TryGetProperty("baseOffset", out var offset) ? offset.GetInt64() : null;
    }

    public override async Task<IReadOnlyList<ClientRecord>> ConsumeAsync(string bootstrap, string topic, int partition, StartingPoint start, int count)
    {
        object step = start.Offset is { } offset
            ? new { verb = "consume", topic, partition, offset, count }
            : new { verb = "consume", topic, partition, timestamp = start.Timestamp, count };
        var result = await RunStepAsync(bootstrap, step);
        return [.. result.GetProperty("records").Deserialize<RecordOnWire[]>()!.Select(record => record.ToRecord())];
    }

    public override async Task<IReadOnlyList<string>> ConsumeInGroupAsync(string bootstrap, string topic, string group, int count)
    {
        var result = await RunStepAsync(bootstrap, new { verb = "consumeInGroup", topic, group, count });
        return [.. result.GetProperty("values").EnumerateArray().Select(value => value.GetString()!)];
    }

    /// <summary>Transactions of one record each to partition 0, under one transactional id.</summary>
    public Task TransactAsync(string bootstrap, string topic, string transactionalId, params (string Value, bool Commit)[] transactions) => RunStepAsync(
        bootstrap, new { verb = "transact", topic, transactionalId, transactions = transactions.Select(each => new { value = each.Value, commit = each.Commit }) });

    public override async Task<IReadOnlyList<AdminResult>> AdministerAsync(string bootstrap, params IReadOnlyList<AdminStep> steps)
    {
        var results = await RunAsync(bootstrap, JsonSerializer.SerializeToElement(steps, Json));
        return results.Deserialize<AdminResult[]>()!;
    }

    private async Task<JsonElement> RunStepAsync(string bootstrap, object step)
    {
        var result = (await RunAsync(bootstrap, JsonSerializer.SerializeToElement(new[] { step }, JsonWithNulls)))[0];
        return result.TryGetProperty("error", out var error) ? throw new InvalidOperationException($"{Name}: {error}") : result;
    }

    private async Task<JsonElement> RunAsync(string bootstrap, JsonElement steps)
    {
        var input = JsonSerializer.Serialize(new { bootstrap, steps });
        var result = await ToolProcess.RunAsync(Program, [ScriptPath(Script)], input, folder: Folder, limit: Limit);
        return JsonSerializer.Deserialize<JsonElement>(result.OrThrow().Output);
    }

    private sealed record RecordOnWire(
        [property: JsonPropertyName("key")] string? Key,
        [property: JsonPropertyName("value")] string? Value,
        [property: JsonPropertyName("headers")] string?[][] Headers,
        [property: JsonPropertyName("timestamp")] long? Timestamp,
        [property: JsonPropertyName("offset")] long? Offset)
    {
        public static RecordOnWire From(ClientRecord record) => new(
            ToText(record.Key),
            ToText(record.Value),
            [.. record.Headers.Select(header => new[] { header.Name, ToText(header.Value) })],
            record.Timestamp,
            record.Offset);

        public ClientRecord ToRecord() => new(
            ToBytes(Key),
            ToBytes(Value),
            [.. Headers.Select(header => (header[0]!, ToBytes(header[1])))],
            Timestamp,
            Offset);

        private static string? ToText(byte[]? bytes) => bytes is null ? null : Convert.ToBase64String(bytes);

        private static byte[]? ToBytes(string? text) => text is null ? null : Convert.FromBase64String(text);
    }
}

internal abstract class NodeClient : ScriptClient
{
    // zstd came to Node's zlib with 22.15 and 23.8; the clients have no other.
    public override IReadOnlyList<string> Writes => ["none", "gzip", "snappy", "lz4"];

    protected override string Program => "node";

    protected override string Folder => TestMachine.NodeClients(ScriptPath("node/package-lock.json"));
}

internal sealed class KafkaJsClient : NodeClient
{
    public override string Name => "kafkajs";

    public override Abilities Abilities => Abilities.All & ~Abilities.NullHeaders;

    protected override string Script => "node/kafkajs-client.mjs";
}

internal sealed class PlatformaticClient : NodeClient
{
    public override string Name => "platformatic";

    protected override string Script => "node/platformatic-client.mjs";
}

internal sealed class KafkaPythonClient : ScriptClient
{
    public override string Name => "kafka-python";

    public override Abilities Abilities => Abilities.Timestamps | Abilities.BinaryValues | Abilities.Admin;

    // It fetches with version 4, to which a broker must not hand zstd batches.
    public override IReadOnlyList<string> Reads => ["none", "gzip", "snappy", "lz4"];

    protected override string Program => TestMachine.Python;

    protected override string Script => "python/kafka_python_client.py";
}
