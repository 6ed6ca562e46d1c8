using DisklessKafka.Checking.Evidence;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Checks;

/// <summary>In one generation of a group a partition has one owner.</summary>
internal static class TwoOwners
{
    public static IEnumerable<Anomaly> Find(CheckedRun run)
    {
        var owners = new Dictionary<(string Group, long Generation, PartitionName), Assignment>();
        foreach (var assignment in run.History.Assignments)
        {
            foreach (var partition in assignment.Partitions)
            {
                var place = (assignment.Group, assignment.Generation, partition);
                if (!owners.TryAdd(place, assignment) && owners[place].Member != assignment.Member)
                    yield return new(AnomalyKind.TwoOwners, $"{partition} is owned by {owners[place].Member} and by {assignment.Member} in generation {assignment.Generation} of group {assignment.Group}", [owners[place], assignment]);
            }
        }
    }
}
