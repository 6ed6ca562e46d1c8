using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Write;

/// <summary>One batch in the open segment: where its bytes lie in the buffer, what the commit must know of it, and who waits.</summary>
/// <param name="JoinsTransaction">Its partition becomes part of its producer's transaction with it.</param>
internal readonly record struct BufferedBatch(
    PartitionKey Partition,
    long BufferPosition,
    BatchHeader Header,
    IBatchWaiter Waiter,
    int Slot,
    bool JoinsTransaction)
{
    public int LengthBytes => Header.SizeBytes;
}
