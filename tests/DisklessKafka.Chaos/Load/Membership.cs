using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using DisklessKafka.Peers;

namespace DisklessKafka.Chaos.Load;

/// <summary>
/// Which member of its group a consumer is, in which generation (or at which member epoch). Confluent.Kafka keeps that to itself, in
/// bytes which the library reads back.
/// </summary>
internal readonly partial record struct Membership(string Member, long Generation)
{
    /// <returns>Null if it is in no generation.</returns>
    public static Membership? Of(IConsumerGroupMetadata metadata)
    {
        var bytes = BytesOf(metadata);
        if (rd_kafka_consumer_group_metadata_read(out var handle, bytes, bytes.Length) != IntPtr.Zero)
            throw new InvalidOperationException("librdkafka cannot read what it wrote of a group's member");
        try
        {
            var generation = rd_kafka_consumer_group_metadata_generation_id(handle);
            return generation < 0 ? null : new(Marshal.PtrToStringUTF8(rd_kafka_consumer_group_metadata_member_id(handle))!, generation);
        }
        finally
        {
            rd_kafka_consumer_group_metadata_destroy(handle);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "serializedMetadata")]
    private static extern ref byte[] BytesOf([UnsafeAccessorType("Confluent.Kafka.ConsumerGroupMetadata, Confluent.Kafka")] object metadata);

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_consumer_group_metadata_read(out IntPtr metadata, byte[] bytes, nint size);

    [LibraryImport(Librdkafka.Name)]
    private static partial int rd_kafka_consumer_group_metadata_generation_id(IntPtr metadata);

    [LibraryImport(Librdkafka.Name)]
    private static partial IntPtr rd_kafka_consumer_group_metadata_member_id(IntPtr metadata);

    [LibraryImport(Librdkafka.Name)]
    private static partial void rd_kafka_consumer_group_metadata_destroy(IntPtr metadata);
}
