using System.Buffers;
using DisklessKafka.Agent.Memory;

namespace DisklessKafka.Agent.Read;

/// <summary>An extent's bytes, and the lease that keeps them if they are not the reader's own copy.</summary>
public readonly struct ExtentLease(ReadOnlySequence<byte> bytes, SegmentBytes? lease)
{
    /// <summary>Valid until <see cref="Release"/>, or until whoever took the lease over lets it go.</summary>
    public ReadOnlySequence<byte> Bytes => bytes;

    /// <summary>Hands the lease to a reply, which releases it when it is written.</summary>
    public void TransferTo(FetchedRecords records)
    {
        if (lease is not null) records.Own(lease);
    }

    public void Release() => lease?.Release();
}
