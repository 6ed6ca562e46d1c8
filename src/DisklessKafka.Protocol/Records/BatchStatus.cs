namespace DisklessKafka.Protocol.Records;

/// <summary>What is wrong with a batch that a producer sent; each value names Kafka's error for it.</summary>
public enum BatchStatus
{
    Valid,
    /// <summary>The records are null, empty or end before the first batch does. INVALID_RECORD.</summary>
    NoWholeBatch,
    /// <summary>More bytes follow the batch, though a produce carries one a partition. INVALID_RECORD.</summary>
    SeveralBatches,
    /// <summary>The length field is below what a header needs. CORRUPT_MESSAGE.</summary>
    ImpossibleLength,
    /// <summary>No batch format has this number. CORRUPT_MESSAGE.</summary>
    UnknownFormat,
    /// <summary>Message format 0 or 1, which ended with Kafka 4.0. INVALID_RECORD.</summary>
    OldFormat,
    /// <summary>The checksum does not match. CORRUPT_MESSAGE.</summary>
    ChecksumMismatch,
    /// <summary>Larger, as compressed, than the topic's max.message.bytes. MESSAGE_TOO_LARGE.</summary>
    TooLarge,
    /// <summary>The producer gave a base offset. INVALID_RECORD.</summary>
    NonZeroBaseOffset,
    /// <summary>The record count is not positive or differs from the offsets taken. INVALID_RECORD.</summary>
    WrongRecordCount,
    /// <summary>Only brokers write control batches. INVALID_RECORD.</summary>
    ControlBatch,
    /// <summary>A producer id without an epoch or sequence. INVALID_RECORD.</summary>
    IncompleteProducer,
    /// <summary>Transactional, though the request names no transactional id. TRANSACTIONAL_ID_AUTHORIZATION_FAILED.</summary>
    UnexpectedTransaction,
    /// <summary>No codec has this number, or the request is too old for it. UNSUPPORTED_COMPRESSION_TYPE.</summary>
    UnsupportedCompression,
    /// <summary>The producer claims the broker's time stamp, or a record's time is outside the topic's bounds. INVALID_TIMESTAMP.</summary>
    InvalidTimestamp,
    /// <summary>The records do not decompress. CORRUPT_MESSAGE.</summary>
    CorruptCompression,
    /// <summary>The records decompress to more than the limits allow. MESSAGE_TOO_LARGE.</summary>
    ExpandsTooFar,
    /// <summary>A record's structure, offset or length is wrong. INVALID_RECORD.</summary>
    InvalidRecord,
    /// <summary>A record of a compacted topic has no key. INVALID_RECORD.</summary>
    MissingKey,
}
