using System.Text;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Protocol.Tests.Records;

/// <summary>A record as plain values that compare.</summary>
internal sealed record SampleRecord(long TimestampMs, string? Key, string? Value, string Headers);

/// <summary>Batches for tests.</summary>
internal static class Samples
{
    private static readonly (long TimestampMs, byte[]? Key, byte[]? Value, RecordHeader[] Headers)[] mixed =
    [
        (1_700_000_000_000, "key"u8.ToArray(), "value"u8.ToArray(), []),
        (1_700_000_000_500, null, Bytes.Text(100_000), [new RecordHeader("a", "1"u8.ToArray())]),
        (1_699_999_999_000, [], [], [new RecordHeader("näme", null), new RecordHeader("", [])]),
        (1_700_000_000_001, "tombstone"u8.ToArray(), null, []),
        (1_700_000_100_000, null, Bytes.Random(3000), []),
    ];

    public static IReadOnlyList<SampleRecord> MixedRecords { get; } =
        [.. mixed.Select(r => Record(r.TimestampMs, r.Key, r.Value, r.Headers))];

    public static SampleRecord Record(long timestampMs, byte[]? key, byte[]? value, RecordHeader[] headers) =>
        new(timestampMs, Text(key), Text(value), Text(headers));

    /// <summary>A batch with null, empty, small and large keys, values and headers, and times that go back and forth.</summary>
    public static byte[] Mixed(CompressionCodec codec)
    {
        var builder = new BatchBuilder { Compression = codec };
        foreach (var (timestamp, key, value, headers) in mixed) builder.Append(timestamp, key, value, headers);
        return builder.Build();
    }

    /// <summary>Records of incompressible values without keys.</summary>
    public static byte[] Plain(int records, int valueBytes, CompressionCodec codec = CompressionCodec.None, long timestampMs = 1_700_000_000_000)
    {
        var builder = new BatchBuilder { Compression = codec };
        for (var i = 0; i < records; i++) builder.Append(timestampMs, null, Bytes.Random(valueBytes, i));
        return builder.Build();
    }

    public static List<SampleRecord> ReadAll(RecordReader reader)
    {
        var records = new List<SampleRecord>();
        while (reader.MoveNext())
        {
            var record = reader.Current;
            records.Add(new SampleRecord(
                record.TimestampMs,
                record.IsKeyNull ? null : Convert.ToHexString(record.Key),
                record.IsValueNull ? null : Convert.ToHexString(record.Value),
                Text(record.ReadHeaders())));
        }
        return records;
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Convert.ToHexString(bytes);

    private static string Text(IEnumerable<RecordHeader> headers)
    {
        var text = new StringBuilder();
        foreach (var header in headers) text.Append(header.Key).Append('=').Append(Text(header.Value) ?? "null").Append(';');
        return text.ToString();
    }
}
