namespace DisklessKafka.Metadata.State;

/// <summary>One producer's standing in one partition.</summary>
/// <param name="LastSequence">Of its newest batch.</param>
/// <param name="LastTimestampMs">The greatest timestamp of its newest batch.</param>
public readonly record struct ProducerInfo(long ProducerId, short Epoch, int LastSequence, long LastTimestampMs);
