using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Bucket;
using DisklessKafka.Metadata.Log.Memory;
using DisklessKafka.Metadata.Log.Postgres;
using DisklessKafka.Storage.Objects.Memory;
using Npgsql;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

[Collection(nameof(PostgresFixture))]
public sealed class MetadataLogUrlTests(PostgresFixture postgres)
{
    [Fact]
    public void A_postgres_url_is_read_with_its_escapes_and_parameters()
    {
        var options = PostgresUrl.Parse("postgres://us%40er:p%3Aw%2F@db.example:6543/my%20base?sslmode=verify-full&schema=blue-1&Keepalive=30&newEpoch=true");
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);

        Assert.Equal(("us@er", "p:w/", "db.example", 6543, "my base"), (settings.Username, settings.Password, settings.Host, settings.Port, settings.Database));
        Assert.Equal((SslMode.VerifyFull, 30), (settings.SslMode, settings.KeepAlive));
        Assert.Equal(("blue-1", true), (options.Schema, options.BeginNewEpoch));
    }

    [Fact]
    public void A_connection_string_is_read_and_may_name_the_schema_too()
    {
        var options = PostgresUrl.Parse("Host=db;Username=kafka;Password=secret;Database=kafka;schema=green");
        Assert.Equal("green", options.Schema);
        Assert.Equal("db", new NpgsqlConnectionStringBuilder(options.ConnectionString).Host);
        Assert.Equal("diskless", PostgresUrl.Parse("Host=db").Schema);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("bucket", "nothing may follow")]
    [InlineData("bucket:x", "nothing may follow")]
    [InlineData("mysql://h/d", "'mysql'")]
    [InlineData("somewhere", "no kind")]
    [InlineData("postgres://", "not a complete URL")]
    [InlineData("postgres://u:pa#ss@h/d?nonsense=1", "not a complete URL")]
    [InlineData("postgres://u:hidden@h/d?nonsense=1", "nonsense")]
    [InlineData("postgres://u:hidden@h/d?sslmode=sometimes", "sslmode")]
    [InlineData("postgres://u:hidden@h/d?schema=pg_mine", "cannot be the schema")]
    [InlineData("postgres://u:hidden@h/d?schema=a%22b", "cannot be the schema")]
    [InlineData("postgres://u:hidden@h/d?newEpoch=maybe", "newEpoch")]
    [InlineData("Username=u;Password=hidden", "names no host")]
    [InlineData("Host=h;Password=hidden;Nonsense=1", "cannot be read")]
    public void A_wrong_address_is_refused_in_one_line_that_says_what_to_write(string text, string expected)
    {
        var problem = Assert.Throws<MetadataLogException>(() => MetadataLogUrl.Parse(text));
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.Contains("write ", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Fact]
    public async Task Each_kind_opens_its_log_and_prints_without_the_password()
    {
        var objects = new MemoryObjectStore(TimeProvider.System);
        var given = postgres.NewLog();
        foreach (var (text, kind) in new[]
        {
            ("bucket:", typeof(BucketMetadataLog)), ("memory:", typeof(MemoryMetadataLog)),
            ($"{given.ConnectionString};schema={given.Schema}", typeof(PostgresMetadataLog)),
        })
        {
            var url = MetadataLogUrl.Parse(text);
            await using var log = await url.OpenAsync(objects, TimeProvider.System, default);
            Assert.IsType(kind, log);
            Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(given.ConnectionString).Password!, url.ToString(), StringComparison.Ordinal);
        }
    }
}
