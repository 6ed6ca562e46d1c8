using DisklessKafka.Metadata;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Agent.Tests;

public sealed class AgentRecoveryTests
{
    [Fact]
    public void A_start_that_found_damaged_snapshots_is_tried_again() =>
        Assert.True(AgentRecovery.MayTryAgain(new CorruptStateException("simulated")));

    [Fact]
    public void A_start_that_a_store_refused_is_not_tried_again()
    {
        Assert.True(AgentRecovery.MayTryAgain(new ObjectStoreException("simulated", isTransient: true)));
        Assert.False(AgentRecovery.MayTryAgain(new ObjectStoreException("simulated", isTransient: false)));
        Assert.True(AgentRecovery.MayTryAgain(new MetadataLogException("simulated", isTransient: true)));
        Assert.False(AgentRecovery.MayTryAgain(new MetadataLogException("simulated", isTransient: false)));
    }

    [Fact]
    public void A_replica_that_met_an_unreadable_entry_is_neither_begun_anew_nor_tried_again()
    {
        var stopped = new ReplicaStoppedException(new CorruptStateException("simulated"));
        Assert.False(AgentRecovery.MayBeginAnew(stopped));
        Assert.False(AgentRecovery.MayTryAgain(stopped));
    }
}
