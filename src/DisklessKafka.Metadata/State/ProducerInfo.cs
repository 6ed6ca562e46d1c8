namespace DisklessKafka.Metadata.State;

/// <summary>One producer's standing in one partition.</summary>
/// <param name="LastSequence">Of its newest batch.</param>
/// <param name="LastTimestampMs">The greatest timestamp of its newest batch.</param>
/// <param name="TransactionOffset">The first offset of its open transaction; -1 if it has none here.</param>
/// <param name="CoordinatorEpoch">Of its last marker here; -1 if there is none.</param>
public readonly record struct ProducerInfo(long ProducerId, short Epoch, int LastSequence, long LastTimestampMs, long TransactionOffset, int CoordinatorEpoch);
