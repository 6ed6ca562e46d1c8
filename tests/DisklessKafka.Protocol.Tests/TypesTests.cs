using System.Globalization;

namespace DisklessKafka.Protocol.Tests;

public sealed class TypesTests
{
    [Fact]
    public void The_default_of_a_name_is_the_empty_name()
    {
        Assert.Equal("", default(TopicName).Value);
        Assert.Equal(default, new TopicName(""));
        Assert.Equal(default(GroupId).GetHashCode(), new GroupId("").GetHashCode());
        Assert.NotEqual(new TransactionalId("a"), new TransactionalId("A"));
    }

    [Fact]
    public void Names_order_by_their_letters_and_not_by_culture() =>
        Assert.Equal(["B", "a", "ä"], new[] { "ä", "a", "B" }.Select(name => new TopicName(name)).Order().Select(name => name.Value));

    [Fact]
    public void Topic_ids_print_as_Kafkas_tools_print_them()
    {
        var id = new TopicId(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff", CultureInfo.InvariantCulture));
        Assert.Equal("ABEiM0RVZneImaq7zN3u_w", id.ToString());
        Assert.True(default(TopicId).IsNone);
        Assert.Equal(TopicId.None, default);
    }
}
