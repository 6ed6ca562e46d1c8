using System.Globalization;
using System.Text;
using System.Text.Json;
using DisklessKafka.TestKit.Processes;

namespace DisklessKafka.Compatibility.Tests.Clients;

/// <summary>kcat over Debian's older librdkafka. It sends text, one set of headers a run, and takes the time as it is.</summary>
internal sealed class KcatClient : KafkaClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    public override string Name => "kcat";

    public override Abilities Abilities => Abilities.Idempotence;

    /// <summary>Runs kcat against a broker.</summary>
    public static async Task<ToolResult> RunAsync(string bootstrap, IEnumerable<string> arguments, string input = "", Stream? output = null, TimeSpan? limit = null) =>
        (await ToolProcess.RunAsync("kcat", ["-b", bootstrap, "-X", "broker.address.family=v4", .. arguments], input, output, limit: limit ?? Limit)).OrThrow();

    public override async Task<long?> ProduceAsync(string bootstrap, string topic, int partition, string compression, bool idempotent, IReadOnlyList<ClientRecord> records)
    {
        string[] arguments =
        [
            "-P", "-t", topic, "-p", Text(partition), "-z", compression, "-K", "\t", "-Z",
            "-X", "acks=all", "-X", $"enable.idempotence={(idempotent ? "true" : "false")}",
            .. records[0].Headers.SelectMany(header => (string[])["-H", $"{header.Name}={Text(header.Value)}"]),
        ];
        var lines = records.Select(record => $"{Text(record.Key)}\t{Text(record.Value)}\n");
        await RunAsync(bootstrap, arguments, string.Concat(lines));
        return null;
    }

    public override async Task<IReadOnlyList<ClientRecord>> ConsumeAsync(string bootstrap, string topic, int partition, StartingPoint start, int count)
    {
        var from = start.Offset is { } offset ? Text(offset) : $"s@{Text(start.Timestamp!.Value)}";
        var result = await RunAsync(bootstrap, ["-C", "-t", topic, "-p", Text(partition), "-o", from, "-c", Text(count), "-q", "-J"]);
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ReadLine)];
    }

    public override async Task<IReadOnlyList<string>> ConsumeInGroupAsync(string bootstrap, string topic, string group, int count)
    {
        var result = await RunAsync(bootstrap, ["-G", group, "-c", Text(count), "-q", "-f", "%s\\n", "-X", "auto.offset.reset=earliest", topic]);
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static ClientRecord ReadLine(string line)
    {
        var record = JsonDocument.Parse(line).RootElement;
        var headers = new List<(string, byte[]?)>();
        if (record.TryGetProperty("headers", out var pairs))
        {
            for (var i = 0; i < pairs.GetArrayLength(); i += 2)
                headers.Add((pairs[i].GetString()!, Bytes(pairs[i + 1])));
        }

        return new ClientRecord(Bytes(record.GetProperty("key")), Bytes(record.GetProperty("payload")), headers, record.GetProperty("ts").GetInt64(), record.GetProperty("offset").GetInt64());
    }

    private static byte[]? Bytes(JsonElement text) => text.GetString() is { } value ? Encoding.UTF8.GetBytes(value) : null;

    private static string Text(byte[]? bytes) => bytes is null ? "" : Encoding.UTF8.GetString(bytes);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
