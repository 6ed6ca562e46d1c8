using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class TopicTests
{
    private readonly StateDriver _driver = StateDriver.WithAlice();

    [Fact]
    public void A_topic_is_found_by_name_and_by_id_with_what_its_creator_asked_for()
    {
        var command = _driver.NewTopic("orders", 3);
        command.Topics[0].Configs = [new CreateTopics.TopicConfig { Key = "retention.ms", Value = "1000" }];
        var created = _driver.Apply(StateDriver.Alice, Command.Of(command)).Topics[0];

        Assert.Equal(CreateTopicStatus.Created, created.Status);
        Assert.True(_driver.State.View.Topics.TryFind(new TopicName("orders"), out var topic));
        Assert.True(_driver.State.View.Topics.TryFind(command.Topics[0].TopicId, out var byId));
        Assert.Same(topic, byId);
        Assert.Equal(3, topic.Partitions.Length);
        Assert.Equal(3, topic.ReplicationFactor);
        Assert.True(topic.Configs.TryGet("retention.ms", out var retention));
        Assert.Equal("1000", retention);
        Assert.Equal(0, topic.Find(2)!.View.HighWatermark);
        Assert.Null(topic.Find(3));
    }

    [Theory]
    [InlineData("a.b", "a_b", CreateTopicStatus.NameCollides)]
    [InlineData("a_b", "a.b", CreateTopicStatus.NameCollides)]
    [InlineData("a.b_c", "a_b.c", CreateTopicStatus.NameCollides)]
    [InlineData("ab", "ab", CreateTopicStatus.AlreadyExists)]
    [InlineData("ab", "aB", CreateTopicStatus.Created)]
    public void Names_that_exist_or_collide_are_refused(string first, string second, CreateTopicStatus expected)
    {
        var existing = _driver.CreateTopic(first);
        var outcome = _driver.Apply(StateDriver.Alice, Command.Of(_driver.NewTopic(second))).Topics[0];
        Assert.Equal(expected, outcome.Status);
        Assert.Equal(expected == CreateTopicStatus.Created ? null : existing.Id, outcome.Other?.Id);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("...", true)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    [InlineData("a/b", false)]
    [InlineData("Az09._-", true)]
    public void Names_follow_kafkas_rule(string name, bool isValid) => Assert.Equal(isValid, TopicRules.IsValidName(name));

    [Fact]
    public void A_name_has_at_most_249_characters()
    {
        Assert.True(TopicRules.IsValidName(new string('a', 249)));
        Assert.False(TopicRules.IsValidName(new string('a', 250)));
        var outcome = _driver.Apply(StateDriver.Alice, Command.Of(_driver.NewTopic(new string('a', 250))));
        Assert.Equal(CreateTopicStatus.InvalidName, outcome.Topics[0].Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(TopicRules.MaxPartitions + 1)]
    public void A_topic_has_a_sensible_number_of_partitions(int partitions) =>
        Assert.Equal(CreateTopicStatus.InvalidPartitions, _driver.Apply(StateDriver.Alice, Command.Of(_driver.NewTopic("t", partitions))).Topics[0].Status);

    [Fact]
    public void The_same_topic_twice_in_one_command_is_created_once()
    {
        var command = _driver.NewTopic("t");
        command.Topics.Add(_driver.NewTopic("t").Topics[0]);
        var outcome = _driver.Apply(StateDriver.Alice, Command.Of(command));
        Assert.Equal([CreateTopicStatus.Created, CreateTopicStatus.AlreadyExists], outcome.Topics.Select(topic => topic.Status));
    }

    [Fact]
    public void An_id_in_use_is_refused()
    {
        var topic = _driver.CreateTopic("t");
        var command = _driver.NewTopic("other");
        command.Topics[0].TopicId = topic.Id;
        Assert.Equal(CreateTopicStatus.IdInUse, _driver.Apply(StateDriver.Alice, Command.Of(command)).Topics[0].Status);
    }

    [Fact]
    public void A_topic_made_again_has_another_ordinal_and_none_of_the_old_records()
    {
        var old = _driver.CreateTopic("t");
        _driver.Commit(StateDriver.Alice, 0, commit => { commit.BeginPiece(old.Ordinal, 0, 0); commit.Add(100, 10, 5); });
        Assert.Equal(DeleteTopicStatus.Deleted, _driver.Apply(StateDriver.Alice, Command.Of(new DeleteTopic { TopicId = old.Id })).Status);
        Assert.False(_driver.State.View.Topics.TryFind(new TopicName("t"), out _));
        Assert.Equal(DeleteTopicStatus.UnknownTopic, _driver.Apply(StateDriver.Alice, Command.Of(new DeleteTopic { TopicId = old.Id })).Status);

        var again = _driver.CreateTopic("t");
        Assert.NotEqual(old.Ordinal, again.Ordinal);
        Assert.Equal(0, again.Find(0)!.View.HighWatermark);
        var late = _driver.Commit(StateDriver.Alice, 1, commit => { commit.BeginPiece(old.Ordinal, 0, 0); commit.Add(100, 10, 5); });
        Assert.Equal(new BatchOutcome(BatchStatus.UnknownPartition, -1, -1), late.Batches[0]);
        Assert.Equal(0, _driver.State.ExtentCount);
        Assert.Equal([0L, 1L], _driver.State.PendingDeletions.Select(pending => pending.Segment.Sequence));
    }

    [Fact]
    public void A_topic_written_to_and_deleted_in_one_entry_leaves_nothing()
    {
        var topic = _driver.CreateTopic("t");
        var before = _driver.State.Hash();
        var builder = new CommitBuilder(0);
        builder.BeginPiece(topic.Ordinal, 0, 0);
        builder.Add(100, 10, 5, producerId: 7, epoch: 0, baseSequence: 0);
        _driver.ApplyAll(StateDriver.Alice, Command.Of(builder.Build(200)), Command.Of(new DeleteTopic { TopicId = topic.Id }));
        Assert.NotEqual(before, _driver.State.Hash());
        Assert.Equal(0, _driver.State.ExtentCount);
        Assert.Equal(0, _driver.State.ProducerCount);
        Assert.Equal(0, topic.Find(0)!.View.HighWatermark);
    }

    [Fact]
    public void Partitions_are_added_and_never_taken_away()
    {
        var topic = _driver.CreateTopic("t", 2);
        var first = topic.Find(0);
        Assert.Equal(new CreatePartitionsOutcome(CreatePartitionsStatus.Created, 5), CreatePartitions(topic.Id, 5));
        Assert.Equal(new CreatePartitionsOutcome(CreatePartitionsStatus.NotAnIncrease, 5), CreatePartitions(topic.Id, 5));
        Assert.Equal(new CreatePartitionsOutcome(CreatePartitionsStatus.NotAnIncrease, 5), CreatePartitions(topic.Id, -1));
        Assert.Equal(new CreatePartitionsOutcome(CreatePartitionsStatus.TooMany, 5), CreatePartitions(topic.Id, int.MaxValue));
        Assert.Equal(CreatePartitionsStatus.UnknownTopic, CreatePartitions(new TopicId(Guid.Empty), 9).Status);
        Assert.True(_driver.State.View.Topics.TryFind(topic.Id, out var now));
        Assert.Equal(5, now.Partitions.Length);
        Assert.Same(first, now.Find(0));

        var outcome = _driver.Commit(StateDriver.Alice, 0, commit => { commit.BeginPiece(topic.Ordinal, 4, 0); commit.Add(10, 1, 5); });
        Assert.Equal(BatchStatus.Appended, outcome.Batches[0].Status);
    }

    private CreatePartitionsOutcome CreatePartitions(TopicId id, int count) =>
        _driver.Apply(StateDriver.Alice, Command.Of(new CreatePartitions { TopicId = id, Count = count }));
}
