using System.Runtime.InteropServices;

namespace DisklessKafka.Peers;

/// <summary>
/// librdkafka's own in-memory broker, in this process, on a free loopback port: no checks, no log, old data dropped. A yardstick
/// for speed, and something for clients to talk to that is not ours.
/// </summary>
public sealed partial class MockBroker : IDisposable
{
    private const int ProducerType = 0;
    private readonly IntPtr _handle;
    private readonly IntPtr _cluster;

    public MockBroker(int brokers = 1)
    {
        Librdkafka.Load();
        var error = new byte[512];
        _handle = rd_kafka_new(ProducerType, rd_kafka_conf_new(), error, error.Length);
        if (_handle == IntPtr.Zero)
            throw new InvalidOperationException($"librdkafka did not start: {System.Text.Encoding.UTF8.GetString(error)}");
        _cluster = rd_kafka_mock_cluster_new(_handle, brokers);
        Bootstrap = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;
    }

    public string Bootstrap { get; }

    public void CreateTopic(string topic, int partitions)
    {
        var error = rd_kafka_mock_topic_create(_cluster, topic, partitions, 1);
        if (error != 0)
            throw new InvalidOperationException($"the mock broker refused topic '{topic}' with error {error}");
    }

    public void Dispose()
    {
        rd_kafka_mock_cluster_destroy(_cluster);
        rd_kafka_destroy(_handle);
    }

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_conf_new();

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_new(int type, IntPtr conf, byte[] error, nint errorBytes);

    [LibraryImport(Librdkafka.Name)]
    private static partial void rd_kafka_destroy(IntPtr handle);

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_mock_cluster_new(IntPtr handle, int brokers);

    [LibraryImport(Librdkafka.Name)]
    private static partial void rd_kafka_mock_cluster_destroy(IntPtr cluster);

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_mock_cluster_bootstraps(IntPtr cluster);

    [LibraryImport(Librdkafka.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_mock_topic_create(IntPtr cluster, string topic, int partitions, int replicas);
}
