using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using DisklessKafka.TestKit.Agents;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

/// <summary>What a topic's settings do to what is produced, seen through the wire.</summary>
public sealed class TopicSettingsInForceTests : AdminTests
{
    private const long LongAgo = 1_000_000_000_000;

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    [Fact]
    public async Task With_log_append_time_records_get_the_time_of_their_append()
    {
        var topic = await Client.CreateTopicAsync("t", 1, ("message.timestamp.type", "LogAppendTime"));
        var before = Now;
        var answer = await Client.ProduceAsync(topic, 0, WireClientVerbs.Batch(LongAgo, "a", "b"));
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.InRange(answer.LogAppendTimeMs, before, Now);
        Assert.Equal([answer.LogAppendTimeMs, answer.LogAppendTimeMs], await TimesAsync(topic));
        Assert.Equal((ErrorCode.None, 0L, answer.LogAppendTimeMs), await Client.ListOffsetAsync("t", 0, LongAgo + 1));
    }

    [Fact]
    public async Task With_create_time_records_keep_their_producer_s_time()
    {
        var topic = await Client.CreateTopicAsync("t");
        Assert.Equal(-1, (await Client.ProduceAsync(topic, 0, WireClientVerbs.Batch(LongAgo, "a", "b"))).LogAppendTimeMs);
        Assert.Equal([LongAgo, LongAgo + 1], await TimesAsync(topic));
    }

    [Theory]
    [InlineData("message.timestamp.before.max.ms", -100_000, ErrorCode.InvalidTimestamp)]
    [InlineData("message.timestamp.before.max.ms", 0, ErrorCode.None)]
    [InlineData("message.timestamp.before.max.ms", 100_000, ErrorCode.None)]
    [InlineData("message.timestamp.after.max.ms", 100_000, ErrorCode.InvalidTimestamp)]
    [InlineData("message.timestamp.after.max.ms", 0, ErrorCode.None)]
    [InlineData("message.timestamp.after.max.ms", -100_000, ErrorCode.None)]
    public async Task A_record_outside_the_bounds_of_time_is_refused(string bound, long distanceMs, ErrorCode expected)
    {
        var topic = await Client.CreateTopicAsync("t", 1, (bound, "50000"));
        Assert.Equal(expected, (await Client.ProduceAsync(topic, 0, WireClientVerbs.Batch(Now + distanceMs, "a"))).ErrorCode);
    }

    [Fact]
    public async Task Bounds_of_time_do_not_hold_where_the_append_gives_the_time()
    {
        var topic = await Client.CreateTopicAsync(
            "t", 1, ("message.timestamp.type", "LogAppendTime"), ("message.timestamp.before.max.ms", "0"), ("message.timestamp.after.max.ms", "0"));
        Assert.Equal(ErrorCode.None, (await Client.ProduceAsync(topic, 0, WireClientVerbs.Batch(LongAgo, "a"))).ErrorCode);
    }

    [Fact]
    public async Task A_batch_of_exactly_the_largest_size_is_taken_and_one_byte_more_is_not()
    {
        var batch = WireClientVerbs.Batch(LongAgo, "some text");
        var fits = await Client.CreateTopicAsync("fits", 1, ("max.message.bytes", $"{batch.Length}"));
        var tight = await Client.CreateTopicAsync("tight", 1, ("max.message.bytes", $"{batch.Length - 1}"));
        Assert.Equal(ErrorCode.None, (await Client.ProduceAsync(fits, 0, batch)).ErrorCode);
        Assert.Equal(ErrorCode.MessageTooLarge, (await Client.ProduceAsync(tight, 0, batch)).ErrorCode);
    }

    [Fact]
    public async Task A_compacted_topic_takes_no_record_without_a_key()
    {
        var topic = await Client.CreateTopicAsync("t", 1, ("cleanup.policy", "compact"));
        Assert.Equal(ErrorCode.InvalidRecord, (await Client.ProduceAsync(topic, 0, WireClientVerbs.Batch(LongAgo, "a"))).ErrorCode);
        Assert.Equal(ErrorCode.None, (await Client.ProduceAsync(topic, 0, new BatchBuilder().Append(LongAgo, "k"u8.ToArray(), null).Build())).ErrorCode);
    }

    [Fact]
    public async Task Records_stay_compressed_as_their_producer_sent_them()
    {
        var topic = await Client.CreateTopicAsync("t", 1, ("compression.type", "producer"));
        var batch = new BatchBuilder { Compression = CompressionCodec.Gzip }.Append(LongAgo, null, new byte[1000]).Build();
        Assert.Equal(ErrorCode.None, (await Client.ProduceAsync(topic, 0, batch)).ErrorCode);
        Assert.True(BatchHeader.TryRead((await Client.FetchAsync(topic, 0, 0)).Records.Sequence, out var header));
        Assert.Equal((CompressionCodec.Gzip, batch.Length), (header.Compression, header.SizeBytes));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("uncompressed")]
    public async Task Compression_by_the_broker_is_refused_and_the_reason_says_what_to_do(string codec)
    {
        var refused = (await Client.SendAsync(new CreateTopicsRequest
        {
            Topics = [new() { Name = new TopicName("t"), NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "compression.type", Value = codec }] }],
        })).Topics[0];
        Assert.Equal(ErrorCode.InvalidConfig, refused.ErrorCode);
        Assert.Contains("set the compression in the producer", refused.ErrorMessage, StringComparison.Ordinal);

        await Client.CreateTopicAsync("t");
        var altered = (await Client.SendAsync(new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = "t", Configs = [new() { Name = "compression.type", Value = codec }] }],
        })).Responses[0];
        Assert.Equal(ErrorCode.InvalidConfig, altered.ErrorCode);
    }

    [Fact]
    public async Task More_replicas_than_there_are_agents_may_be_asked_for_in_sync()
    {
        var topic = await Client.CreateTopicAsync("t", 1, ("min.insync.replicas", "3"));
        Assert.Equal(ErrorCode.None, (await Client.ProduceAsync(topic, 0, WireClientVerbs.Batch(LongAgo, "a"))).ErrorCode);
        Assert.Equal("3", await ConfigAsync("t", "min.insync.replicas"));
    }

    private async Task<List<long>> TimesAsync(TopicId topic)
    {
        var times = new List<long>();
        using var reader = new RecordReader((await Client.FetchAsync(topic, 0, 0)).Records.Sequence);
        while (reader.MoveNext()) times.Add(reader.Current.TimestampMs);
        return times;
    }
}
