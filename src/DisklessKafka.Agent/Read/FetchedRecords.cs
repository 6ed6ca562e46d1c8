using DisklessKafka.Agent.Memory;
using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Metadata.State.Transactions;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Agent.Read;

/// <summary>
/// One partition's records on their way into a fetch reply: whole batches as their producers sent them, in leased memory,
/// with the base offset and leader epoch put in while they are written (both lie outside the batch's CRC), and the markers
/// between them, which are stored nowhere and made up here.
/// Dispose after the reply is written: it releases the leases.
/// </summary>
public sealed class FetchedRecords : IRecordsPayload, IDisposable
{
    private readonly List<Batch> _batches = [];
    private readonly List<Marker> _markers = [];
    private readonly List<SegmentBytes> _leases = [];
    private int _length;

    public int Length => _length;

    public bool IsEmpty => _batches.Count == 0;

    /// <summary>The offset behind the last one in here; meaningless while empty.</summary>
    public long EndOffset { get; private set; }

    /// <summary>Why records behind those in here could not be read, if so.</summary>
    public Exception? Failure { get; set; }

    public void Add(ReadOnlySequence<byte> bytes, long baseOffset, long endOffset)
    {
        _batches.Add(new Batch(bytes, baseOffset));
        _length = checked(_length + (int)bytes.Length);
        EndOffset = endOffset;
    }

    public void Add(in Marker marker)
    {
        _batches.Add(new Batch(default, _markers.Count)); // nothing to lease: the place among the markers stands for it
        _markers.Add(marker);
        _length = checked(_length + ControlBatch.SizeBytes);
        EndOffset = marker.Offset + 1;
    }

    /// <summary>Keeps the memory until this is disposed.</summary>
    public void Own(SegmentBytes lease) => _leases.Add(lease);

    public void WriteTo(IBufferWriter<byte> target)
    {
        foreach (var batch in _batches)
        {
            if (batch.Bytes.IsEmpty)
            {
                Write(_markers[(int)batch.BaseOffset], target);
                continue;
            }

            var prefix = target.GetSpan(PrefixBytes);
            batch.Bytes.Slice(0, PrefixBytes).CopyTo(prefix);
            BinaryPrimitives.WriteInt64BigEndian(prefix, batch.BaseOffset);
            BinaryPrimitives.WriteInt32BigEndian(prefix[LeaderEpochAt..], LeaderEpochs.None);
            target.Advance(PrefixBytes);
            foreach (var piece in batch.Bytes.Slice(PrefixBytes)) target.Write(piece.Span);
        }
    }

    private static void Write(in Marker marker, IBufferWriter<byte> target)
    {
        var control = new TransactionMarker(marker.IsCommit, marker.ProducerId, marker.Epoch, Marker.CoordinatorEpoch);
        ControlBatch.Write(target.GetSpan(ControlBatch.SizeBytes), control, marker.Offset, LeaderEpochs.None, marker.TimestampMs);
        target.Advance(ControlBatch.SizeBytes);
    }

    public void Dispose()
    {
        foreach (var lease in _leases) lease.Release();
        _leases.Clear();
        _batches.Clear();
    }

    private const int LeaderEpochAt = 12;
    private const int PrefixBytes = LeaderEpochAt + sizeof(int);

    private readonly record struct Batch(ReadOnlySequence<byte> Bytes, long BaseOffset);
}
