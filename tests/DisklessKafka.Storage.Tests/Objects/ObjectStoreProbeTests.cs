using System.Buffers;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Memory;
using DisklessKafka.Storage.Objects.Resilience;
using DisklessKafka.TestKit.Servers;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

/// <summary>What an agent says at start when its object store cannot be used: one line, what and where.</summary>
public sealed class ObjectStoreProbeTests
{
    private static async Task<ObjectStoreException> RefusalAsync(string url)
    {
        var error = await Assert.ThrowsAsync<ObjectStoreException>(() => ObjectStoreUrl.Parse(url).OpenAsync(ObjectStoreTesting.Services(), default));
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }

    private static async Task<string> S3UrlAsync() => (await S3Server.SharedAsync()).NewUrl();

    [Fact]
    public async Task A_good_store_opens_and_the_probe_leaves_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("objects-");
        foreach (var url in new[] { "memory:", $"file:{folder.FullName}", await S3UrlAsync() })
        {
            await using var store = await ObjectStoreUrl.Parse(url).OpenAsync(ObjectStoreTesting.Services(), default);
            Assert.IsType<ResilientObjectStore>(store);
            Assert.Empty(await store.KeysAsync(""));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_missing_bucket_is_named()
    {
        var url = await S3UrlAsync();
        var missing = "s3://there-is-none/x?" + url.Split('?')[1];
        var error = await RefusalAsync(missing);
        Assert.Contains("the bucket 'there-is-none' does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("at http", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_is_named_and_not_printed()
    {
        var url = await S3UrlAsync();
        var error = await RefusalAsync(url[..url.IndexOf("secretKey=", StringComparison.Ordinal)] + "secretKey=mistyped");
        Assert.Contains("the secret key is wrong", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("mistyped", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_access_key_is_named()
    {
        var url = await S3UrlAsync();
        var error = await RefusalAsync(url[..url.IndexOf("accessKey=", StringComparison.Ordinal)] + "accessKey=nobody&secretKey=x");
        Assert.Contains("the access key is unknown there", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_where_nothing_listens_is_named()
    {
        var port = ServerProcess.FreePort();
        var error = await RefusalAsync($"s3://bucket?endpoint=http://127.0.0.1:{port}&accessKey=a&secretKey=b");
        Assert.Contains($"no answer from s3://bucket/ at http://127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_named()
    {
        var error = await RefusalAsync("file:/proc/sys/objects");
        Assert.Contains("'/proc/sys/objects'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_ignores_put_if_absent_is_refused()
    {
        var place = ObjectStoreUrl.Parse("memory:");
        var error = await Assert.ThrowsAsync<ObjectStoreException>(() =>
            new ObjectStoreProbe(TimeProvider.System, new Random(1)).RunAsync(new AlwaysCreates(), place, default));
        Assert.Contains("If-None-Match", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public void A_store_that_hangs_is_given_up()
    {
        var time = new ManualTime();
        var hanging = new MemoryObjectStore(time, new() { PutLatency = TimeSpan.FromHours(1) });
        var error = Assert.Throws<ObjectStoreException>(() => time.Run(() =>
            new ObjectStoreProbe(time, new Random(1)).RunAsync(hanging, ObjectStoreUrl.Parse("memory:"), default)));
        Assert.Equal("the object store memory: has not answered within 15 s", error.Message);
    }

    private sealed class AlwaysCreates : ScriptedStore
    {
        public override ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => new(true);
    }
}
