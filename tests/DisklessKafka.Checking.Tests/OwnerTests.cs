using DisklessKafka.Checking.Operations;
using Xunit;

namespace DisklessKafka.Checking.Tests;

public sealed class OwnerTests : HandMade
{
    [Fact]
    public void Two_members_that_own_a_partition_in_one_generation_are_caught()
    {
        var first = Owns("a", 3, Partition, OtherPartition);
        var second = Owns("b", 3, OtherPartition);
        Assert.Equal([first, second], AssertFound(AnomalyKind.TwoOwners)[0].Operations);
    }

    [Fact]
    public void Members_that_share_partitions_out_are_fine()
    {
        Owns("a", 3, Partition);
        Owns("b", 3, OtherPartition);
        Owns("a", 3, Partition);
        AssertFine();
    }

    [Fact]
    public void Another_generation_and_another_group_have_their_own_owners()
    {
        Owns("a", 3, Partition);
        Owns("b", 4, Partition);
        Owns("b", 3, "other", Partition);
        AssertFine();
    }

    private Assignment Owns(string member, long generation, params PartitionName[] partitions) => Owns(member, generation, "g", partitions);

    private Assignment Owns(string member, long generation, string group, params PartitionName[] partitions)
    {
        var assignment = new Assignment { Client = Reader, Invoked = Now, Group = group, Member = member, Generation = generation, Partitions = partitions };
        assignment.Complete(Outcome.Succeeded, Now + 5);
        Now += 10;
        History.Add(assignment);
        return assignment;
    }
}
