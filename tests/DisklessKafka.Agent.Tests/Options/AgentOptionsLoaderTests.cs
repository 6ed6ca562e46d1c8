using DisklessKafka.Agent.Options;
using DisklessKafka.Agent.Tests.Configs;
using Xunit;

namespace DisklessKafka.Agent.Tests.Options;

public sealed class AgentOptionsLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("diskless-options-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LoadedOptions Load(string flags = "", Dictionary<string, string>? environment = null, string? file = null) =>
        AgentOptionsLoader.Load(
            flags.Split(' ', StringSplitOptions.RemoveEmptyEntries).Chunk(2).Select(pair => (pair[0][2..], pair[1])),
            environment ?? [], file);

    private static string Refusal(string flags = "", Dictionary<string, string>? environment = null, string? file = null)
    {
        var message = Assert.Throws<OptionException>(() => Load(flags, environment, file)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private string FileWith(string json)
    {
        var path = Path.Combine(_folder, "agent.json");
        File.WriteAllText(path, json);
        return path;
    }

    [Fact]
    public void With_nothing_given_an_agent_keeps_its_data_in_a_folder_and_listens_on_Kafkas_port()
    {
        var options = Load().Options;
        Assert.Equal(("file:./data/objects", "bucket:", "./data"), (options.Objects, options.Metadata, options.Data));
        Assert.Equal(new HostPort("::", 9092), options.Listen);
        Assert.Equal("localhost:9092", options.Advertised(9092).ToString());
        Assert.Equal("127.0.0.1:9644", options.Http.ToString());
        Assert.Equal((TimeSpan.FromMilliseconds(250), 8 << 20), (options.FlushInterval, options.SegmentBytes));
    }

    [Fact]
    public void Flags_win_over_environment_over_file_over_defaults()
    {
        var file = FileWith("""{ "zone": "file", "listen": "127.0.0.1:1", "cold-reads": 3 }""");
        Dictionary<string, string> environment = new() { ["DISKLESS_ZONE"] = "environment", ["DISKLESS_LISTEN"] = "127.0.0.1:2" };
        var options = Load("--zone flag", environment, file).Options;
        Assert.Equal(("flag", 2, 3, 4), (options.Zone, options.Listen.Port, options.ColdReads, options.UploadsInFlight));
    }

    [Fact]
    public void The_environment_can_name_the_file() =>
        Assert.Equal("a", Load(environment: new() { ["DISKLESS_CONFIG"] = FileWith("""{ "zone": "a" }""") }).Options.Zone);

    [Fact]
    public void Broker_settings_are_gathered_from_all_sources_setting_by_setting()
    {
        var file = FileWith("""{ "set": { "num.partitions": 3, "auto.create.topics.enable": false, "log.retention.hours": 1 } }""");
        var settings = Load("--set num.partitions=5", new() { ["DISKLESS_SET"] = "num.partitions=4; log.retention.hours=2" }, file).Options.BrokerSettings;
        Assert.Equal(("5", "2", false), (settings.Value("num.partitions"), settings.Value("log.retention.hours"), settings.IsTrue("auto.create.topics.enable")));
    }

    [Fact]
    public void A_file_may_hold_comments_and_trailing_commas() =>
        Assert.Equal("a", Load(file: FileWith("{ // where we are\n \"zone\": \"a\", }")).Options.Zone);

    [Theory]
    [InlineData("--data /d", "file:/d/objects", "bucket:")]
    [InlineData("--objects s3://b/p", "s3://b/p", "bucket:")]
    [InlineData("--metadata postgres://u:p@h:5432/d", "file:./data/objects", "postgres://u:p@h:5432/d")]
    [InlineData("--objects memory: --metadata memory:", "memory:", "memory:")]
    [InlineData("--objects file:/o --metadata Host=h;Username=u", "file:/o", "Host=h;Username=u")]
    public void Stores_are_named_by_url_or_by_the_short_form(string flags, string objects, string metadata)
    {
        var options = Load(flags).Options;
        Assert.Equal((objects, metadata), (options.Objects, options.Metadata));
    }

    [Theory]
    [InlineData("--listen 127.0.0.1:0", 4711, "127.0.0.1:4711")]
    [InlineData("--listen 0.0.0.0:9092 --advertise kafka.example.com:0", 4711, "kafka.example.com:4711")]
    [InlineData("--listen [::1]:0", 4711, "[::1]:4711")]
    [InlineData("--listen 0.0.0.0:9092 --advertise lb.example.com:443", 9092, "lb.example.com:443")]
    public void The_advertised_address_follows_the_one_that_is_listened_on(string flags, int boundPort, string expected) =>
        Assert.Equal(expected, Load(flags).Options.Advertised(boundPort).ToString());

    [Theory]
    [InlineData("--listen 9092", "--listen '9092': write HOST:PORT")]
    [InlineData("--listen ::1:9092", "write brackets around an IPv6 address: [::1]:9092")]
    [InlineData("--listen h:99999", "the port must be a number from 0 to 65535")]
    [InlineData("--advertise 0.0.0.0:9092", "clients cannot connect to 0.0.0.0")]
    [InlineData("--objects ./data", "write file:DIR, s3://BUCKET/PREFIX or memory:")]
    [InlineData("--metadata mysql://x", "write bucket:, postgres://")]
    [InlineData("--flush-interval soon", "write a time such as 250ms")]
    [InlineData("--flush-interval 2m", "must be from 1ms to 1m")]
    [InlineData("--segment-bytes 1GiB", "must be from 64KiB to 64MiB")]
    [InlineData("--uploads-in-flight 0", "write a whole number from 1 to 256")]
    [InlineData("--log-level loud", "write one of error, warning, information, debug")]
    [InlineData("--zone a/b", "write a name of letters")]
    [InlineData("--set num.partitions", "write NAME=VALUE")]
    [InlineData("--set num.partitons=3", "not a Kafka broker setting")]
    [InlineData("--set num.partitions=0", "between 1 and 10000")]
    [InlineData("--data /d --objects memory:", "--data and --objects contradict each other")]
    [InlineData("--listen 127.0.0.1:9000 --http 127.0.0.1:9000", "share a port")]
    [InlineData("--flush-interval 1ms --gathering-delay 5ms", "is longer than --flush-interval 1ms")]
    [InlineData("--buffer-bytes 8MiB", "being filled and uploaded: write at least 40MiB")]
    [InlineData("--buffer-bytes 64MiB", "cannot hold the largest request")]
    [InlineData("--cache-bytes 16MiB", "fewer than four chunks: write at least 32MiB")]
    [InlineData("--set message.max.bytes=104857600", "does not fit in a request")]
    [InlineData("--set log.cleaner.min.compaction.lag.ms=5 --set log.cleaner.max.compaction.lag.ms=4", "conflict")]
    public void A_mistake_is_answered_with_what_to_write_instead(string flags, string expected) =>
        Assert.Contains(expected, Refusal(flags), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "lisen": "h:1" }""", "lisen is not an option; did you mean listen?")]
    [InlineData("""{ "zone": ["a"] }""", "zone: write a string, a number, true or false")]
    [InlineData("""{ "zone": }""", "not valid JSON at line 1")]
    [InlineData("[]", "write one JSON object")]
    [InlineData("""{ "set": "num.partitions=3" }""", "write an object of Kafka broker settings")]
    [InlineData("""{ "listen": "x" }""", "agent.json: listen 'x': write HOST:PORT")]
    public void A_mistake_in_the_file_names_the_file_and_the_key(string json, string expected) =>
        Assert.Contains(expected, Refusal(file: FileWith(json)), StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("nowhere.json", Refusal(file: Path.Combine(_folder, "nowhere.json")), StringComparison.Ordinal);

    [Fact]
    public void A_mistake_in_the_environment_names_the_variable() =>
        Assert.StartsWith("environment DISKLESS_FLUSH_INTERVAL 'x':", Refusal(environment: new() { ["DISKLESS_FLUSH_INTERVAL"] = "x" }), StringComparison.Ordinal);

    [Fact]
    public void A_misspelt_variable_is_pointed_out_but_does_no_harm()
    {
        var loaded = Load(environment: new() { ["DISKLESS_FLUSH_INTERVALL"] = "1s", ["HOME"] = "/" });
        Assert.Contains("did you mean DISKLESS_FLUSH_INTERVAL?", Assert.Single(loaded.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Keeping_records_but_not_their_metadata_is_pointed_out() =>
        Assert.Contains("unreachable", Assert.Single(Load("--objects file:/o --metadata memory:").Warnings), StringComparison.Ordinal);

    [Theory]
    [InlineData("postgres://me:hunter2@host:5432/db", "postgres://me:***@host:5432/db")]
    [InlineData("postgres://me:p@ss:w/rd@host/db", "postgres://me:***@host/db")]
    [InlineData("s3://b/p?region=r&accessKey=hunter2&secretKey=hunter2&pathStyle=true", "s3://b/p?region=r&accessKey=***&secretKey=***&pathStyle=true")]
    [InlineData("Host=h;Username=u;Password=hunter2;Database=d", "Host=h;Username=u;Password=***;Database=d")]
    [InlineData("file:./data/objects", "file:./data/objects")]
    public void Secrets_are_not_printed(string address, string expected) => Assert.Equal(expected, Secrets.Redact(address));

    [Fact]
    public void A_refused_address_does_not_show_its_password() =>
        Assert.DoesNotContain("hunter2", Refusal("--metadata mysql://me:hunter2@host/db"), StringComparison.Ordinal);

    [Fact]
    public void The_page_of_options_says_what_the_table_says() => ReferencePages.AssertUpToDate("configuration.md", OptionReference.Page());
}
