using DisklessKafka.Checking;
using DisklessKafka.Protocol.Records;

namespace DisklessKafka.Chaos.Reading;

/// <summary>A batch as it lies in a partition in the end: whose it is tells more than its records do.</summary>
/// <param name="Note">What it is besides: a marker, or aborted.</param>
internal sealed record BatchFound(PartitionName Partition, long FirstOffset, long LastOffset, long ProducerId, short Epoch, int Sequence, string Note)
{
    public static BatchFound Of(PartitionName partition, in BatchHeader header, bool isHidden) => new(
        partition, header.BaseOffset, header.LastOffset, header.ProducerId, header.ProducerEpoch, header.BaseSequence,
        header.IsControl ? "marker" : isHidden ? "aborted" : header.IsTransactional ? "committed" : "");

    public override string ToString() =>
        $"{Partition} {FirstOffset}..{LastOffset}: {(ProducerId < 0 ? "no producer id" : $"producer {ProducerId}, epoch {Epoch}, sequence {Sequence}")}{(Note.Length > 0 ? $", {Note}" : "")}";
}
