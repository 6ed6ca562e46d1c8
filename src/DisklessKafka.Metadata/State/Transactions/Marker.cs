using System.Runtime.InteropServices;

namespace DisklessKafka.Metadata.State.Transactions;

/// <summary>
/// The end of a transaction in one partition. It takes an offset and no bytes: its control batch is made up when it is
/// fetched. 32 bytes, and 32 more in the list of aborted ones for an abort.
/// </summary>
/// <param name="TimestampMs">Log time at which the transaction ended.</param>
/// <param name="Epoch">The producer's as of the end: the next one where the end bumped it.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Marker(long Offset, long ProducerId, long TimestampMs, short Epoch, bool IsCommit)
{
    /// <summary>Of all markers: no coordinator ever takes over from another one, since there is none.</summary>
    public const int CoordinatorEpoch = 0;
}

/// <summary>A transaction whose records in this partition no read_committed reader may see.</summary>
/// <param name="FirstOffset">Of its first record here.</param>
/// <param name="LastOffset">Of its marker.</param>
/// <param name="StableOffset">The last stable offset once it had ended: no transaction that ended later began before it.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long StableOffset);
