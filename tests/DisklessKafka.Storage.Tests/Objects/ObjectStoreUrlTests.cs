using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.Storage.Objects.S3;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

public sealed class ObjectStoreUrlTests
{
    [Theory]
    [InlineData("file:data/objects", "data/objects")]
    [InlineData("file:./data", "./data")]
    [InlineData("file:/var/lib/x", "/var/lib/x")]
    [InlineData("file:///var/lib/x", "/var/lib/x")]
    public void A_file_url_names_a_directory(string text, string directory) =>
        Assert.Equal(directory, Assert.IsType<LocalObjectStoreUrl>(ObjectStoreUrl.Parse(text)).Directory);

    [Fact]
    public void An_s3_url_carries_all_settings()
    {
        var url = Assert.IsType<S3ObjectStoreUrl>(ObjectStoreUrl.Parse(
            "s3://my-bucket/a/b?endpoint=http://127.0.0.1:9000&region=eu-west-1&pathStyle=false&accessKey=me&secretKey=a%2Fb%26c%3D+x=="));
        Assert.Equal(
            new S3ObjectStoreOptions
            {
                Bucket = "my-bucket", Prefix = "a/b/", Endpoint = new("http://127.0.0.1:9000"), Region = "eu-west-1",
                PathStyle = false, AccessKey = "me", SecretKey = "a/b&c=+x==",
            },
            url.Options);
    }

    [Theory]
    [InlineData("s3://bucket", "")]
    [InlineData("s3://bucket/", "")]
    [InlineData("s3://bucket/a", "a/")]
    [InlineData("s3://bucket/a/?region=x", "a/")]
    public void A_prefix_ends_in_a_slash(string text, string prefix) =>
        Assert.Equal(prefix, Assert.IsType<S3ObjectStoreUrl>(ObjectStoreUrl.Parse(text)).Options.Prefix);

    [Fact]
    public void Path_style_is_the_default_with_an_endpoint_only()
    {
        Assert.False(((S3ObjectStoreUrl)ObjectStoreUrl.Parse("s3://bucket")).Options.PathStyle);
        Assert.True(((S3ObjectStoreUrl)ObjectStoreUrl.Parse("s3://bucket?endpoint=https://minio.local")).Options.PathStyle);
    }

    [Fact]
    public void A_memory_url_carries_latencies()
    {
        Assert.Equal(new MemoryObjectStoreOptions(), ((MemoryObjectStoreUrl)ObjectStoreUrl.Parse("memory:")).Options);
        Assert.Equal(
            new MemoryObjectStoreOptions { PutLatency = TimeSpan.FromMilliseconds(50), GetLatency = TimeSpan.FromMilliseconds(20), CapacityBytes = 1 << 30, ForgetOldest = true },
            ((MemoryObjectStoreUrl)ObjectStoreUrl.Parse("memory:?putLatencyMs=50&getLatencyMs=20&keepMiB=1024")).Options);
    }

    [Theory]
    [InlineData("", "the object store's URL is empty: write file:DIR, s3://BUCKET/PREFIX or memory:")]
    [InlineData("./data", "'./data' names no kind of object store: for a directory write file:./data")]
    [InlineData("data", "'data' names no kind of object store: for a directory write file:data")]
    [InlineData("file:", "file: needs a directory, as in file:./data/objects")]
    [InlineData("gs://bucket", "there is no object store of the kind 'gs': write file:DIR, s3://BUCKET/PREFIX or memory:")]
    [InlineData("s3:bucket", "an S3 URL begins with two slashes: s3://BUCKET/PREFIX")]
    [InlineData("s3:///prefix", "s3:// needs a bucket: s3://BUCKET/PREFIX")]
    [InlineData("s3://me:pw@bucket", "s3:// takes credentials as parameters: s3://BUCKET/PREFIX?accessKey=…&secretKey=…")]
    [InlineData("s3://bucket/../x", "the prefix '../x' has a part that begins with a dot")]
    [InlineData("s3://bucket?accesskey=x", "s3:// knows no parameter 'accesskey'; it knows endpoint, region, pathStyle, accessKey, secretKey")]
    [InlineData("s3://bucket?accessKey=x", "accessKey and secretKey go together: give both, or neither to use the usual AWS settings")]
    [InlineData("s3://bucket?region=", "the parameter 'region' needs a value, as in region=…")]
    [InlineData("s3://bucket?region=a&region=b", "the parameter 'region' is given twice")]
    [InlineData("s3://bucket?pathStyle=yes", "pathStyle=yes must be pathStyle=true or pathStyle=false")]
    [InlineData("s3://bucket?endpoint=127.0.0.1:9000", "endpoint=127.0.0.1:9000 must be an address such as endpoint=http://127.0.0.1:9000")]
    [InlineData("s3://bucket?endpoint=http://h/path", "endpoint=http://h/path must be an address such as endpoint=http://127.0.0.1:9000")]
    [InlineData("memory:x", "nothing but parameters may follow memory: as in memory:?putLatencyMs=50")]
    [InlineData("memory:?putLatencyMs=-1", "putLatencyMs=-1 is not a whole number from 0 to 3600000")]
    [InlineData("memory:?latency=5", "memory: knows no parameter 'latency'; it knows putLatencyMs, getLatencyMs, keepMiB")]
    public void A_wrong_url_is_refused_with_a_line_that_says_what_to_write(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => ObjectStoreUrl.Parse(text)).Message);

    [Fact]
    public void No_text_of_a_url_or_its_options_holds_the_secret()
    {
        var url = (S3ObjectStoreUrl)ObjectStoreUrl.Parse("s3://bucket/p?accessKey=me&secretKey=hush&region=x");
        Assert.Equal("s3://bucket/p/?accessKey=me&region=x&secretKey=***", url.ToString());
        Assert.DoesNotContain("hush", $"{url} {url.Redacted} {url.Options}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket?accessKey=me&secretKey=hush&secretKey=hush")]
    [InlineData("s3://bucket?secretKey=hush")]
    [InlineData("s3://bucket?accessKey=me&secretKey=hush&x=hush")]
    [InlineData("s3://me:hush@bucket")]
    public void No_error_message_holds_the_secret(string text) =>
        Assert.DoesNotContain("hush", Assert.Throws<FormatException>(() => ObjectStoreUrl.Parse(text)).ToString(), StringComparison.Ordinal);
}
