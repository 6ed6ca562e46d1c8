using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using DisklessKafka.Peers;

namespace DisklessKafka.Load.Peers;

/// <summary>
/// librdkafka's producer with as little as possible around it: the managed wrapper alone would take more processor time than
/// the library. Each record carries the moment it fell due; the delivery callback counts and times it.
/// </summary>
internal sealed unsafe partial class NativeProducer : IDisposable
{
    private const int ProducerType = 0, CopyPayload = 2, QueueFull = -184, ConfOk = 0;
    private const int ErrorBytes = 512;

    private readonly Counters _counters = new();
    private readonly GCHandle _countersHandle;
    private readonly IntPtr _handle;
    private readonly IntPtr _topic;
    private readonly Thread _poller;
    private volatile bool _stopping;

    public NativeProducer(string bootstrap, string topicName, IEnumerable<(string Name, string Value)> settings)
    {
        Librdkafka.Load();
        _countersHandle = GCHandle.Alloc(_counters);
        var conf = rd_kafka_conf_new();
        Set(conf, "bootstrap.servers", bootstrap);
        Set(conf, "broker.address.family", "v4");
        foreach (var (name, value) in settings)
            Set(conf, name, value);
        rd_kafka_conf_set_opaque(conf, GCHandle.ToIntPtr(_countersHandle));
        rd_kafka_conf_set_dr_msg_cb(conf, &OnDelivery);
        var error = new byte[ErrorBytes];
        _handle = rd_kafka_new(ProducerType, conf, error, error.Length);
        if (_handle == IntPtr.Zero)
            throw new InvalidOperationException($"librdkafka: {Text(error)}");
        _topic = rd_kafka_topic_new(_handle, topicName, IntPtr.Zero);
        _poller = new Thread(Poll) { IsBackground = true, Name = "delivery reports" };
        _poller.Start();
    }

    public long Delivered => Volatile.Read(ref _counters.Delivered);

    public long Failed => Volatile.Read(ref _counters.Failed);

    /// <summary>From the moment a record fell due to its acknowledgement.</summary>
    public LatencyHistogram Latency => _counters.Latency;

    /// <summary>Takes a record into the producer's queue; blocks while that is full.</summary>
    /// <param name="due">Travels along for the latency, as <see cref="Stopwatch"/> counts; 0 leaves this record out of it.</param>
    public void Produce(int partition, ReadOnlySpan<byte> value, long due)
    {
        fixed (byte* bytes = value)
        {
            while (rd_kafka_produce(_topic, partition, CopyPayload, bytes, value.Length, null, 0, checked((nint)due)) != 0)
            {
                var error = rd_kafka_last_error();
                if (error != QueueFull)
                    throw new InvalidOperationException($"librdkafka refused a record with error {error}");
                Thread.Sleep(TimeSpan.FromMilliseconds(0.2));
            }
        }
    }

    /// <summary>Waits until every record is delivered or failed.</summary>
    public void Flush(TimeSpan limit)
    {
        if (rd_kafka_flush(_handle, (int)limit.TotalMilliseconds) != 0)
            Report.Note($"records were still under way after {limit}");
    }

    public void Dispose()
    {
        _stopping = true;
        _poller.Join();
        rd_kafka_topic_destroy(_topic);
        rd_kafka_destroy(_handle);
        _countersHandle.Free();
    }

    private void Poll()
    {
        while (!_stopping)
            _ = rd_kafka_poll(_handle, 20);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnDelivery(IntPtr handle, DeliveredMessage* message, IntPtr opaque)
    {
        var counters = Unsafe.As<Counters>(GCHandle.FromIntPtr(opaque).Target!);
        if (message->Error != 0)
        {
            counters.Failed++;
            return;
        }

        counters.Delivered++;
        if (message->Opaque != 0)
            counters.Latency.Record(Stopwatch.GetElapsedTime(message->Opaque));
    }

    private static void Set(IntPtr conf, string name, string value)
    {
        var error = new byte[ErrorBytes];
        if (rd_kafka_conf_set(conf, name, value, error, error.Length) != ConfOk)
            throw new ArgumentException($"librdkafka does not take {name}={value}: {Text(error)}");
    }

    private static string Text(byte[] error) => Encoding.UTF8.GetString(error, 0, Math.Max(0, Array.IndexOf(error, (byte)0)));

    /// <summary>Written by the polling thread alone.</summary>
    private sealed class Counters
    {
        public long Delivered;
        public long Failed;
        public readonly LatencyHistogram Latency = new();
    }

    /// <summary>rd_kafka_message_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct DeliveredMessage
    {
        public int Error;
        public IntPtr Topic;
        public int Partition;
        public IntPtr Payload;
        public nint PayloadBytes;
        public IntPtr Key;
        public nint KeyBytes;
        public long Offset;
        public long Opaque;
    }

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_conf_new();

    [LibraryImport(Librdkafka.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_conf_set(IntPtr conf, string name, string value, byte[] error, nint errorBytes);

    [LibraryImport(Librdkafka.Name)]
    private static partial void rd_kafka_conf_set_opaque(IntPtr conf, IntPtr opaque);

    [LibraryImport(Librdkafka.Name)]
    private static partial void rd_kafka_conf_set_dr_msg_cb(IntPtr conf, delegate* unmanaged[Cdecl]<IntPtr, DeliveredMessage*, IntPtr, void> callback);

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_new(int type, IntPtr conf, byte[] error, nint errorBytes);

    [LibraryImport(Librdkafka.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial IntPtr rd_kafka_topic_new(IntPtr handle, string topic, IntPtr conf);

    [LibraryImport(Librdkafka.Name)]
    private static partial int rd_kafka_produce(IntPtr topic, int partition, int flags, byte* payload, nint bytes, byte* key, nint keyBytes, nint opaque);

    [LibraryImport(Librdkafka.Name)]
    private static partial int rd_kafka_last_error();

    [LibraryImport(Librdkafka.Name)]
    private static partial int rd_kafka_poll(IntPtr handle, int timeoutMs);

    [LibraryImport(Librdkafka.Name)]
    private static partial int rd_kafka_flush(IntPtr handle, int timeoutMs);

    [LibraryImport(Librdkafka.Name)]
    private static partial void rd_kafka_topic_destroy(IntPtr topic);

    [LibraryImport(Librdkafka.Name)]
    private static partial void rd_kafka_destroy(IntPtr handle);
}
