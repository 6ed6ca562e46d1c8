using System.Buffers;
using BenchmarkDotNet.Attributes;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Micro.Messages;

/// <summary>The messages of the two hot paths and the largest answer there is, read and written by the generated codecs.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private readonly ArrayBufferWriter<byte> _target = new(1 << 20);
    private ReadOnlySequence<byte> _produce;
    private ReadOnlySequence<byte> _fetch;
    private ProduceResponse _produced = new();
    private MetadataResponse _metadata = new();

    [Params(1, 100)]
    public int Partitions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var topic = new TopicId(new Guid(1, 2, 3, new byte[8]));
        var indexes = Enumerable.Range(0, Partitions).ToList();
        _produce = Encode(new ProduceRequest
        {
            TransactionalId = null, Acks = -1, TimeoutMs = 30_000,
            TopicData = [new() { TopicId = topic, PartitionData = [.. indexes.Select(index => new ProduceRequest.PartitionProduceData { Index = index, Records = new RecordsField(new byte[1_000]) })] }],
        }, 13);
        _fetch = Encode(new FetchRequest
        {
            MaxWaitMs = 500, MinBytes = 1,
            Topics = [new() { TopicId = topic, Partitions = [.. indexes.Select(index => new FetchRequest.FetchPartition { Partition = index, FetchOffset = 1_000_000, PartitionMaxBytes = 1 << 20 })] }],
        }, 18);
        _produced = new() { Responses = [new() { TopicId = topic, PartitionResponses = [.. indexes.Select(index => new ProduceResponse.PartitionProduceResponse { Index = index, BaseOffset = index })] }] };
        _metadata = new()
        {
            ClusterId = "abcdefghijklmnopqrstuv", Brokers = [new() { NodeId = 1, Host = "broker-1.example.com", Port = 9092 }],
            Topics = [new() { Name = new TopicName("orders"), TopicId = topic, Partitions = [.. indexes.Select(index => new MetadataResponse.MetadataResponsePartition { PartitionIndex = index, LeaderId = 1, ReplicaNodes = [1], IsrNodes = [1] })] }],
        };
    }

    [Benchmark]
    public ProduceRequest ReadProduce() => Read<ProduceRequest>(_produce, 13);

    [Benchmark]
    public FetchRequest ReadFetch() => Read<FetchRequest>(_fetch, 18);

    [Benchmark]
    public int WriteProduced() => Write(_produced, 13);

    [Benchmark]
    public int WriteMetadata() => Write(_metadata, 13);

    private static T Read<T>(ReadOnlySequence<byte> bytes, short version) where T : IMessage<T>
    {
        var reader = new WireReader(bytes);
        return T.Read(ref reader, version);
    }

    private static ReadOnlySequence<byte> Encode(IMessage message, short version)
    {
        var target = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(target);
        message.Write(ref writer, version);
        writer.Flush();
        return new(target.WrittenMemory);
    }

    private int Write(IMessage message, short version)
    {
        _target.ResetWrittenCount();
        var writer = new WireWriter(_target);
        message.Write(ref writer, version);
        writer.Flush();
        return _target.WrittenCount;
    }
}
