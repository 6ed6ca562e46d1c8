using DisklessKafka.Agent.Configs;
using Xunit;

namespace DisklessKafka.Agent.Tests.Configs;

public sealed class ConfigReferenceTests
{
    [Fact]
    public void The_page_of_topic_settings_says_what_the_table_says() => ReferencePages.AssertUpToDate("topic-configs.md", ConfigReference.Topics());

    [Fact]
    public void The_page_of_broker_settings_says_what_the_table_says() => ReferencePages.AssertUpToDate("broker-configs.md", ConfigReference.Brokers());
}
