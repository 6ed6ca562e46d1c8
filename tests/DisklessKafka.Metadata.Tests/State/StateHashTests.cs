using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class StateHashTests
{
    [Fact]
    public void A_replica_compares_its_hash_with_what_another_one_says()
    {
        var driver = StateDriver.WithAlice();
        while (driver.State.View.Version % RecentHashes.Interval != 0) driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        var version = driver.State.View.Version;
        var hash = driver.State.FindHash(version)!.Value;
        Assert.Equal(StateHashStatus.Agrees, Say(version, hash));
        Assert.Equal(StateHashStatus.NotKnown, Say(version - 1, hash));
        Assert.False(driver.State.HasDiverged);
        Assert.Equal(StateHashStatus.Differs, Say(version, hash + 1));
        Assert.True(driver.State.HasDiverged);

        StateHashStatus Say(long at, ulong value) =>
            driver.Apply(StateDriver.Alice, Command.Of(new StateHash { Version = at, Hash = (long)value })).Status;
    }

    [Fact]
    public void Every_kind_of_change_changes_the_hash()
    {
        var driver = StateDriver.WithAlice();
        var topic = driver.CreateTopic("t", 2);
        var hashes = new HashSet<ulong>();
        Seen();
        driver.Commit(StateDriver.Alice, 0, commit => { commit.BeginPiece(topic.Ordinal, 0, 0); commit.Add(10, 3, 1, 1, 0, 0); });
        Seen();
        driver.Apply(StateDriver.Alice, Command.Of(new DeleteRecords { Partitions = [new DeleteRecords.Target { Topic = 0, Partition = 0, Before = 1 }] }));
        Seen();
        driver.Apply(StateDriver.Alice, Command.Of(new AlterConfigs { Resources = [new AlterConfigs.Resource { Type = 4, Changes = [new AlterConfigs.Change { Key = "k", Value = "v" }] }] }));
        Seen();
        driver.Apply(StateDriver.Alice, Command.Of(new ClaimJob { Job = "j" }));
        Seen();
        driver.Apply(StateDriver.Alice, Command.Of(new AllocateProducerIds { Count = 1 }));
        Seen();
        driver.Apply(StateDriver.Alice, Command.Of(new SnapshotTaken { Key = "k", Version = 1 }));
        Seen();

        void Seen() => Assert.True(hashes.Add(driver.State.Hash()), "two states with the same hash");
    }

    [Fact]
    public void Two_states_that_differ_in_one_field_of_one_extent_have_two_hashes()
    {
        var hashes = new HashSet<ulong>
        {
            HashOf(bytes: 10, count: 3, time: 1, sequence: 0), HashOf(bytes: 11, count: 3, time: 1, sequence: 0),
            HashOf(bytes: 10, count: 4, time: 1, sequence: 0), HashOf(bytes: 10, count: 3, time: 2, sequence: 0),
            HashOf(bytes: 10, count: 3, time: 1, sequence: 1),
        };
        Assert.Equal(5, hashes.Count);
        Assert.Contains(HashOf(bytes: 10, count: 3, time: 1, sequence: 0), hashes);

        static ulong HashOf(int bytes, int count, long time, long sequence)
        {
            var driver = StateDriver.WithAlice();
            var topic = driver.CreateTopic("t");
            driver.Commit(StateDriver.Alice, sequence, commit => { commit.BeginPiece(topic.Ordinal, 0, 0); commit.Add(bytes, count, time); });
            return driver.State.Hash();
        }
    }
}
