using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Write;

/// <summary>One batch in the open segment: where its bytes lie in the buffer, what the commit must know of it, and who waits.</summary>
internal readonly record struct BufferedBatch(
    PartitionKey Partition,
    long BufferPosition,
    BatchHeader Header,
    IBatchWaiter Waiter,
    int Slot)
{
    public int LengthBytes => Header.SizeBytes;
}
