using System.IO.Compression;
using System.Net;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.TestKit;

namespace DisklessKafka.Agent.Tests.Hostile;

/// <summary>
/// Hostile inputs 23 to 38: well-formed requests that mean harm. A derived class names a whole agent to run them against,
/// one that creates topics on first use and has Kafka's default limits. Each input gets its error, on a connection that
/// stays.
/// </summary>
public abstract class HostileInputAgentTests
{
    private const int Timeout = 10_000;

    private static int _topics;

    /// <summary>Where the agent listens.</summary>
    protected abstract EndPoint Address { get; }

    [Fact]
    public Task Input_23_a_wrong_crc_is_corrupt() => RefusedAsync(new RawBatch { CorruptCrc = true }, ErrorCode.CorruptMessage);

    [Theory]
    [InlineData(48)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(10_000)]
    [InlineData(int.MaxValue)]
    public Task Input_24_a_batch_length_that_cannot_be_is_corrupt_or_no_batch(int length) =>
        RefusedAsync(new RawBatch { BatchLength = length }, ErrorCode.CorruptMessage, ErrorCode.InvalidRecord);

    [Theory]
    [InlineData(3, ErrorCode.CorruptMessage)]
    [InlineData(-1, ErrorCode.CorruptMessage)]
    [InlineData(0, ErrorCode.InvalidRecord)]
    [InlineData(1, ErrorCode.InvalidRecord)]
    public Task Input_25_a_magic_other_than_2_is_refused(sbyte magic, ErrorCode error) => RefusedAsync(new RawBatch { Magic = magic }, error);

    [Fact]
    public Task Input_26_two_batches_in_one_partition_are_refused() =>
        RefusedAsync([.. new RawBatch().Encode(), .. new RawBatch().Encode()], ErrorCode.InvalidRecord);

    [Fact]
    public Task Input_26_no_batch_is_refused() => RefusedAsync(Array.Empty<byte>(), ErrorCode.InvalidRecord);

    [Fact]
    public async Task Input_26_null_records_are_refused()
    {
        await using var client = await ConnectAsync();
        var topic = await CreateTopicAsync(client);
        Assert.Equal(ErrorCode.InvalidRecord, await ProduceAsync(client, topic, RecordsField.Null));
        await StaysAsync(client, topic);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 1)]
    [InlineData(int.MaxValue, int.MaxValue - 1)]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 0)]
    [InlineData(1 << 30, (1 << 30) - 1)]
    public Task Input_27_counts_that_do_not_match_are_refused_and_never_allocated_by(int count, int lastOffsetDelta) =>
        RefusedAsync(new RawBatch { Count = count, LastOffsetDelta = lastOffsetDelta }, ErrorCode.InvalidRecord);

    [Fact]
    public async Task Input_28_a_decompression_bomb_is_refused_before_it_unfolds()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 160; i++) await gzip.WriteAsync(zeros);
        }

        await RefusedAsync(new RawBatch { Attributes = 1, Records = compressed.ToArray() }, ErrorCode.CorruptMessage, ErrorCode.InvalidRecord, ErrorCode.MessageTooLarge);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public Task Input_29_an_unknown_compression_is_refused(short code) =>
        RefusedAsync(new RawBatch { Attributes = code }, ErrorCode.UnsupportedCompressionType, ErrorCode.CorruptMessage, ErrorCode.InvalidRecord);

    public static TheoryData<string, byte[]> BrokenRecords => new()
    {
        { "key length -2", [.. RawBatch.Varint(7), 0, 0, 0, .. RawBatch.Varint(-2), .. RawBatch.Varint(1), 0x61, 0] },
        { "2^30 headers", [.. RawBatch.Varint(10), 0, 0, 0, .. RawBatch.Varint(-1), .. RawBatch.Varint(-1), .. RawBatch.Varint(1 << 30)] },
        { "negative header count", [.. RawBatch.Varint(6), 0, 0, 0, .. RawBatch.Varint(-1), .. RawBatch.Varint(-1), .. RawBatch.Varint(-3)] },
        { "body longer than the batch", [.. RawBatch.Varint(1000), 0, 0, 0, 1, 1, 0] },
        { "body shorter than its fields", [.. RawBatch.Varint(3), 0, 0, 0, .. RawBatch.Varint(2), 0x61, 0x62, .. RawBatch.Varint(-1), 0] },
        { "negative body length", [.. RawBatch.Varint(-5), 0, 0, 0, 1, 1, 0] },
        { "bytes behind the last record", [.. RawBatch.Record("k"u8, "v"u8), 1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(BrokenRecords))]
    public Task Input_30_records_that_do_not_parse_are_refused(string what, byte[] records)
    {
        _ = what;
        return RefusedAsync(new RawBatch { Records = records }, ErrorCode.InvalidRecord, ErrorCode.CorruptMessage);
    }

    [Fact]
    public Task Input_31_a_control_batch_is_refused() => RefusedAsync(new RawBatch { Attributes = 0x20 }, ErrorCode.InvalidRecord);

    [Fact]
    public Task Input_31_a_client_s_log_append_time_is_refused() => RefusedAsync(new RawBatch { Attributes = 0x08 }, ErrorCode.InvalidTimestamp);

    [Fact]
    public Task Input_31_a_base_offset_other_than_0_is_refused() => RefusedAsync(new RawBatch { BaseOffset = 5 }, ErrorCode.InvalidRecord);

    [Fact]
    public Task Input_31_a_producer_without_a_sequence_is_refused() => RefusedAsync(new RawBatch { ProducerId = 7, ProducerEpoch = 0 }, ErrorCode.InvalidRecord);

    [Fact]
    public Task Input_32_a_batch_above_the_topic_s_limit_is_too_large() =>
        RefusedAsync(new RawBatch { Records = RawBatch.Record("k"u8, new byte[2 << 20]) }, ErrorCode.MessageTooLarge);

    [Theory]
    [InlineData(2)]
    [InlineData(-7)]
    public async Task Input_33_acks_that_do_not_exist_are_refused(short acks)
    {
        await using var client = await ConnectAsync();
        var topic = await CreateTopicAsync(client);
        Assert.Equal(ErrorCode.InvalidRequiredAcks, await ProduceAsync(client, topic, new RecordsField(new RawBatch().Encode()), acks));
        await StaysAsync(client, topic);
    }

    [Fact]
    public async Task Input_33_a_negative_time_out_is_answered()
    {
        await using var client = await ConnectAsync();
        var topic = await CreateTopicAsync(client);
        await ProduceAsync(client, topic, new RecordsField(new RawBatch().Encode()), timeoutMs: int.MinValue);
        await StaysAsync(client, topic);
    }

    public static TheoryData<string> BadNames =>
        ["", ".", "..", new string('x', 250), "a/b", "../../etc/passwd", "nul\0", "köln", "__cluster_metadata/x", "a b", "a:b", "';drop table log;--"];

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task Input_34_names_that_no_topic_may_have_are_refused_everywhere(string name)
    {
        await using var client = await ConnectAsync();
        var created = await client.SendAsync(new CreateTopicsRequest { Topics = [new() { Name = new TopicName(name), NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = Timeout }, 7);
        Assert.Equal(ErrorCode.InvalidTopicException, created.Topics[0].ErrorCode);

        var metadata = await client.SendAsync(new MetadataRequest { Topics = [new() { Name = new TopicName(name) }], AllowAutoTopicCreation = true }, 12);
        Assert.Equal(ErrorCode.InvalidTopicException, metadata.Topics[0].ErrorCode);

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ProduceAsync(client, name, new RecordsField(new RawBatch().Encode())));
        await StaysAsync(client, await CreateTopicAsync(client));
    }

    [Fact]
    public async Task Input_34_a_name_that_differs_only_in_dots_and_underscores_is_refused()
    {
        await using var client = await ConnectAsync();
        var stem = $"hostile{Interlocked.Increment(ref _topics)}";
        Assert.Equal(ErrorCode.None, await CreateAsync(client, $"{stem}.a"));
        Assert.Equal(ErrorCode.InvalidTopicException, await CreateAsync(client, $"{stem}_a"));
    }

    [Fact]
    public async Task Input_35_a_flood_of_unknown_topics_is_answered_and_the_agent_goes_on()
    {
        await using var client = await ConnectAsync();
        var request = new MetadataRequest { AllowAutoTopicCreation = false, Topics = [] };
        for (var i = 0; i < 100_000; i++) request.Topics.Add(new() { Name = new TopicName($"no-such-{i}") });
        var response = await client.SendAsync(request, 12).WaitAsync(WireClient.Patience);
        Assert.All(response.Topics, topic => Assert.Equal(ErrorCode.UnknownTopicOrPartition, topic.ErrorCode));
        await StaysAsync(client, await CreateTopicAsync(client));
    }

    [Theory]
    [InlineData(-5, 0, ErrorCode.OffsetOutOfRange)]
    [InlineData(long.MaxValue, 0, ErrorCode.OffsetOutOfRange)]
    [InlineData(0, 77, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(0, -1, ErrorCode.UnknownTopicOrPartition)]
    public async Task Input_36_a_fetch_of_what_is_not_there_is_refused_at_once(long offset, int partition, ErrorCode error)
    {
        await using var client = await ConnectAsync();
        var topic = await CreateTopicAsync(client);
        var response = await client.SendAsync(Fetch(topic, partition, offset, int.MaxValue, maxWaitMs: int.MaxValue), 12).WaitAsync(WireClient.Patience);
        Assert.Equal(error, response.Responses[0].Partitions[0].ErrorCode);
        await StaysAsync(client, topic);
    }

    [Fact]
    public async Task Input_36_negative_limits_and_repeated_partitions_are_answered()
    {
        await using var client = await ConnectAsync();
        var topic = await CreateTopicAsync(client);
        await ProduceAsync(client, topic, new RecordsField(new RawBatch().Encode()));
        var request = Fetch(topic, 0, 0, int.MinValue, maxWaitMs: -1);
        request.MaxBytes = -1;
        request.MinBytes = int.MinValue;
        for (var i = 0; i < 10_000; i++) request.Topics[0].Partitions.Add(new() { Partition = 0, FetchOffset = 0, PartitionMaxBytes = int.MaxValue });
        await client.SendAsync(request, 12).WaitAsync(WireClient.Patience);
        await StaysAsync(client, topic);
    }

    [Fact]
    public async Task Input_36_a_poll_that_would_last_for_weeks_ends_when_the_client_goes()
    {
        await using var watcher = await ConnectAsync();
        var topic = await CreateTopicAsync(watcher);
        await using (var client = await ConnectAsync())
        {
            var request = Fetch(topic, 0, 0, int.MaxValue, maxWaitMs: int.MaxValue);
            request.MinBytes = int.MaxValue;
            await client.SendRawAsync(WireFrames.Encode(request, ApiKey.Fetch, 12, -1));
        }

        await StaysAsync(watcher, topic);
    }

    [Theory]
    [InlineData(12345, 7)]
    [InlineData(-1, 3)]
    public async Task Input_37_a_forged_fetch_session_is_unknown(int session, int epoch)
    {
        await using var client = await ConnectAsync();
        var topic = await CreateTopicAsync(client);
        var request = Fetch(topic, 0, 0, 1000, maxWaitMs: 0);
        request.SessionId = session;
        request.SessionEpoch = epoch;
        var response = await client.SendAsync(request, 12).WaitAsync(WireClient.Patience);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, response.ErrorCode);
        await StaysAsync(client, topic);
    }

    private static FetchRequest Fetch(string topic, int partition, long offset, int maxBytes, int maxWaitMs) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        MaxBytes = maxBytes,
        Topics = [new() { Topic = new TopicName(topic), Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes }] }],
    };

    private Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(Address);

    private Task RefusedAsync(RawBatch batch, params ErrorCode[] errors) => RefusedAsync(batch.Encode(), errors);

    private async Task RefusedAsync(byte[] records, params ErrorCode[] errors)
    {
        await using var client = await ConnectAsync();
        var topic = await CreateTopicAsync(client);
        Assert.Contains(await ProduceAsync(client, topic, new RecordsField(records)), errors);
        await StaysAsync(client, topic);
    }

    /// <summary>A good batch still goes in, on the same connection.</summary>
    private static async Task StaysAsync(WireClient client, string topic)
    {
        var response = await client.SendAsync(Produce(topic, new RecordsField(new RawBatch().Encode()), -1, Timeout), 9).WaitAsync(WireClient.Patience);
        Assert.Equal(ErrorCode.None, response.Responses[0].PartitionResponses[0].ErrorCode);
    }

    private static async Task<ErrorCode> ProduceAsync(WireClient client, string topic, RecordsField records, short acks = -1, int timeoutMs = Timeout)
    {
        var response = await client.SendAsync(Produce(topic, records, acks, timeoutMs), 9).WaitAsync(WireClient.Patience);
        return response.Responses[0].PartitionResponses[0].ErrorCode;
    }

    private static ProduceRequest Produce(string topic, RecordsField records, short acks, int timeoutMs) => new()
    {
        Acks = acks,
        TimeoutMs = timeoutMs,
        TopicData = [new() { Name = new TopicName(topic), PartitionData = [new() { Index = 0, Records = records }] }],
    };

    private static async Task<string> CreateTopicAsync(WireClient client)
    {
        var name = $"hostile-{Interlocked.Increment(ref _topics)}";
        Assert.Equal(ErrorCode.None, await CreateAsync(client, name));
        return name;
    }

    private static async Task<ErrorCode> CreateAsync(WireClient client, string name)
    {
        var created = await client.SendAsync(new CreateTopicsRequest { Topics = [new() { Name = new TopicName(name), NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = Timeout }, 7);
        return created.Topics[0].ErrorCode;
    }
}
