using DisklessKafka.Agent.Write;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Apis;

/// <summary>What Kafka calls a produce's outcomes.</summary>
internal static class ProduceErrors
{
    /// <summary>From this version on clients know the error that says: abort, and go on with the same producer.</summary>
    private const short AbortableVersion = 11;

    public static ErrorCode Of(WriteStatus status, short version) => status switch
    {
        WriteStatus.Committed => ErrorCode.None,
        WriteStatus.NotStored => ErrorCode.NotEnoughReplicas, // clients repeat it, and know that nothing was written
        WriteStatus.TimedOut => ErrorCode.RequestTimedOut,
        WriteStatus.UnknownPartition => ErrorCode.UnknownTopicOrPartition,
        WriteStatus.OutOfOrderSequence => ErrorCode.OutOfOrderSequenceNumber,
        WriteStatus.InvalidProducerEpoch => ErrorCode.InvalidProducerEpoch,
        WriteStatus.NotInTransaction => version >= AbortableVersion ? ErrorCode.TransactionAbortable : ErrorCode.InvalidTxnState,
        WriteStatus.OutsideTransaction => ErrorCode.InvalidTxnState,
        WriteStatus.UnknownProducer => ErrorCode.InvalidProducerIdMapping,
    };

    public static ErrorCode Of(BatchStatus status) => status switch
    {
        BatchStatus.Valid => ErrorCode.None,
        BatchStatus.NoWholeBatch => ErrorCode.InvalidRecord,
        BatchStatus.SeveralBatches => ErrorCode.InvalidRecord,
        BatchStatus.ImpossibleLength => ErrorCode.CorruptMessage,
        BatchStatus.UnknownFormat => ErrorCode.CorruptMessage,
        BatchStatus.OldFormat => ErrorCode.InvalidRecord,
        BatchStatus.ChecksumMismatch => ErrorCode.CorruptMessage,
        BatchStatus.TooLarge => ErrorCode.MessageTooLarge,
        BatchStatus.NonZeroBaseOffset => ErrorCode.InvalidRecord,
        BatchStatus.WrongRecordCount => ErrorCode.InvalidRecord,
        BatchStatus.ControlBatch => ErrorCode.InvalidRecord,
        BatchStatus.IncompleteProducer => ErrorCode.InvalidRecord,
        BatchStatus.UnexpectedTransaction => ErrorCode.TransactionalIdAuthorizationFailed,
        BatchStatus.UnsupportedCompression => ErrorCode.UnsupportedCompressionType,
        BatchStatus.InvalidTimestamp => ErrorCode.InvalidTimestamp,
        BatchStatus.CorruptCompression => ErrorCode.CorruptMessage,
        BatchStatus.ExpandsTooFar => ErrorCode.MessageTooLarge,
        BatchStatus.InvalidRecord => ErrorCode.InvalidRecord,
        BatchStatus.MissingKey => ErrorCode.InvalidRecord,
    };
}
