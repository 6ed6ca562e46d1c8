using DisklessKafka.Agent.Apis;
using DisklessKafka.Agent.Tests.Configs;
using DisklessKafka.Protocol;
using Xunit;

namespace DisklessKafka.Agent.Tests.Apis;

public sealed class CompatibilityPageTests : AdminTests
{
    private static string Handlers => ReferencePages.PathTo("src", "DisklessKafka.Agent", "Apis");

    private AdvertisedApi[] Advertised => [.. Client.Served.Select(pair => new AdvertisedApi(pair.Key, new ApiVersionRange(pair.Value.Min, pair.Value.Max)))];

    [Fact]
    public void The_page_of_compatibility_says_what_is_served() =>
        ReferencePages.AssertUpToDate("compatibility.md", CompatibilityPage.Write(Advertised, Handlers));

    [Theory]
    [InlineData("/// <summary>\n/// Fetch v4–18.\n/// </summary>\npublic sealed class FetchHandler;\n// Deviations: too late here")]
    [InlineData("/// <summary>\n/// Fetch v4–18.\n/// Deviations:\n/// </summary>\npublic sealed class FetchHandler;")]
    [InlineData("public sealed class FetchHandler;")]
    public void A_handler_that_does_not_say_how_it_differs_is_refused(string source)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => CompatibilityPage.DeviationsIn(ApiKey.Fetch, source.Split('\n')));
        Assert.StartsWith("FetchHandler does not say how it differs from Kafka; end its summary with 'Deviations:", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_handler_says_is_taken_to_the_end_of_its_summary() => Assert.Equal(
        "a wait is capped at MaxWait, a\\|b.",
        CompatibilityPage.DeviationsIn(ApiKey.Fetch, ["/// <summary>", "/// Fetch. Deviations: a wait is capped at", "/// <see cref=\"FetchOptions.MaxWait\"/>, a|b.", "/// </summary>", "internal class F;"]));

    [Fact]
    public void An_api_that_is_not_served_and_not_excused_is_refused()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => CompatibilityPage.Write([.. Advertised.Where(api => api.ApiKey != ApiKey.Produce)], Handlers));
        Assert.StartsWith("Produce is not served, and nothing says why", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_served_is_not_excused() => Assert.Empty(UnservedApis.All.Intersect(Client.Served.Keys));
}
