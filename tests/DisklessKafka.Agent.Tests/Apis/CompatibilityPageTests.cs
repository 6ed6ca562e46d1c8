using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Tests.Configs;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

public sealed class CompatibilityPageTests : AdminTests
{
    [Fact]
    public void The_page_of_compatibility_says_what_is_served()
    {
        AdvertisedApi[] advertised = [.. Client.Served.Select(pair => new AdvertisedApi(pair.Key, new ApiVersionRange(pair.Value.Min, pair.Value.Max)))];
        ReferencePages.AssertUpToDate("compatibility.md", CompatibilityPage.Write(advertised, ReferencePages.PathTo("src", "DisklessKafka.Agent", "Apis")));
    }
}
