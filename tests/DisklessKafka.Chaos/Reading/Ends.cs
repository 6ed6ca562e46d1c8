using DisklessKafka.Checking;

namespace DisklessKafka.Chaos.Reading;

/// <summary>Behind the last record of each partition that a reader gets to see: markers come to no reader.</summary>
/// <param name="Committed">For readers of committed records.</param>
/// <param name="All">For those that read everything.</param>
internal sealed record Ends(IReadOnlyDictionary<PartitionName, long> Committed, IReadOnlyDictionary<PartitionName, long> All)
{
    public static Ends Of(Contents contents) => new(
        Of(contents, entry => entry.Kind == ContentKind.Record),
        Of(contents, entry => entry.Kind != ContentKind.Marker));

    private static Dictionary<PartitionName, long> Of(Contents contents, Func<ContentEntry, bool> isSeen) => contents.Partitions.ToDictionary(
        partition => partition.Name,
        partition => partition.Entries.Where(isSeen).Select(entry => entry.Offset + 1).DefaultIfEmpty().Max());
}
