using DisklessKafka.Agent.Write;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Tests.Write;

public sealed class RefusedBatchesTests
{
    private static readonly RefusedBatches.Sender Sender = new(new TopicName("t"), default, 0, 7, 0);

    private readonly RefusedBatches _refused = new();

    [Fact]
    public void What_stands_behind_a_refused_batch_waits_until_that_has_come_again()
    {
        Assert.True(_refused.LetPass(Sender, 10));
        _refused.Add(Sender, 10);
        Assert.False(_refused.LetPass(Sender, 15));
        Assert.True(_refused.LetPass(Sender, 5)); // before it: a repetition of something else
        Assert.True(_refused.LetPass(Sender, 10));
        Assert.True(_refused.LetPass(Sender, 15));
    }

    [Fact]
    public void The_first_of_several_counts_also_where_sequences_begin_again()
    {
        _refused.Add(Sender, 3);
        _refused.Add(Sender, int.MaxValue);
        Assert.False(_refused.LetPass(Sender, 3));
        Assert.True(_refused.LetPass(Sender, int.MaxValue));
        Assert.True(_refused.LetPass(Sender, 3));
    }

    [Fact]
    public void Other_producers_epochs_and_partitions_are_not_held_up()
    {
        _refused.Add(Sender, 10);
        Assert.True(_refused.LetPass(Sender with { ProducerId = 8 }, 15));
        Assert.True(_refused.LetPass(Sender with { Epoch = 1 }, 15));
        Assert.True(_refused.LetPass(Sender with { Partition = 1 }, 15));
    }

    [Fact]
    public void A_client_that_has_given_a_batch_up_goes_on()
    {
        _refused.Add(Sender, 10);
        for (var behind = 1; behind <= 5; behind++) Assert.False(_refused.LetPass(Sender, 10 + behind));
        Assert.True(_refused.LetPass(Sender, 16));
    }
}
