using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.S3;
using DisklessKafka.TestKit.Servers;
using Xunit;

namespace DisklessKafka.Storage.Tests.Objects;

public sealed class S3ObjectStoreContract : ObjectStoreContract
{
    protected override async Task<IObjectStore> OpenAsync() =>
        ObjectStoreUrl.Parse((await S3Server.SharedAsync()).NewUrl()).OpenBare(ObjectStoreTesting.Services());
}

/// <summary>Against a stub: what a real server does only on bad days.</summary>
public sealed class S3ObjectStoreTests
{
    [Theory]
    [InlineData(503, "SlowDown", true)]
    [InlineData(503, "ServiceUnavailable", true)]
    [InlineData(500, "InternalError", true)]
    [InlineData(429, "TooManyRequests", true)]
    [InlineData(400, "RequestTimeout", true)]
    [InlineData(409, "ConditionalRequestConflict", true)]
    [InlineData(501, "NotImplemented", false)]
    [InlineData(400, "InvalidArgument", false)]
    [InlineData(403, "AccessDenied", false)]
    [InlineData(403, "SignatureDoesNotMatch", false)]
    [InlineData(403, "RequestTimeTooSkewed", false)]
    [InlineData(404, "NoSuchBucket", false)]
    [InlineData(301, "PermanentRedirect", false)]
    public async Task Every_call_tells_passing_failures_from_lasting_ones(int status, string code, bool transient)
    {
        await using var stub = StubS3.StartFailing(status, code);
        var calls = new (string Doing, Func<Task> Call)[]
        {
            ("write object 'a/b'", () => stub.Store.PutAsync("a/b", [1])),
            ("write object 'a/b'", () => stub.Store.TryCreateAsync("a/b", [1])),
            ("read object 'a/b'", () => stub.Store.ReadAllAsync("a/b")),
            ("list objects under 'a/'", () => stub.Store.KeysAsync("a/")),
            ("delete", () => stub.Store.DeleteAsync(["a/b"], default).AsTask()),
        };
        foreach (var (doing, call) in calls)
        {
            var error = await Assert.ThrowsAnyAsync<ObjectStoreException>(call);
            Assert.True(transient == error.IsTransient, $"{doing}: {error.Message}");
            Assert.Contains(doing, error.Message, StringComparison.Ordinal);
            Assert.Contains("s3://bucket/p/ at http://127.0.0.1:", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("hush", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(400, false)]
    public async Task An_error_without_a_readable_body_is_judged_by_its_status(int status, bool transient)
    {
        await using var stub = StubS3.Start(status, "<html>bad gateway");
        Assert.Equal(transient, (await Assert.ThrowsAsync<ObjectStoreException>(() => stub.Store.PutAsync("key", [1]))).IsTransient);
        Assert.Equal(transient, (await Assert.ThrowsAsync<ObjectStoreException>(() => stub.Store.ReadAllAsync("key"))).IsTransient);
    }

    [Fact]
    public async Task A_precondition_that_failed_means_the_key_exists()
    {
        await using var stub = StubS3.StartFailing(412, "PreconditionFailed");
        Assert.False(await stub.Store.TryCreateAsync("key", [1]));
        Assert.Equal("*", stub.Requests.Single().Headers["If-None-Match"]);
    }

    [Fact]
    public async Task A_body_is_sent_as_it_is_with_its_length_and_neither_hashed_nor_chunked()
    {
        await using var stub = StubS3.Start(200);
        var bytes = ObjectStoreTesting.Bytes(300_000);
        await stub.Store.PutAsync("a b/c+d", ObjectStoreTesting.Blocks(bytes, 70_000), default);
        var (method, path, headers, body) = stub.Requests.Single();
        Assert.Equal(("PUT", "/bucket/p/a%20b/c%2Bd"), (method, path));
        Assert.Equal(bytes, body);
        Assert.Equal("UNSIGNED-PAYLOAD", headers["x-amz-content-sha256"]);
        Assert.Equal("300000", headers["Content-Length"]);
        Assert.Null(headers["Transfer-Encoding"]);
        Assert.Null(headers["Expect"]);
        Assert.Null(headers["If-None-Match"]);
    }

    [Fact]
    public async Task A_body_cut_short_is_a_passing_failure_and_no_short_read()
    {
        await using var stub = StubS3.Start(async (context, _) =>
        {
            context.Response.StatusCode = 206;
            context.Response.ContentLength64 = 1000;
            await context.Response.OutputStream.WriteAsync(new byte[500]);
            await context.Response.OutputStream.FlushAsync();
            context.Response.Abort();
        });
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await stub.Store.ReadAsync("key", 0, new byte[1000], default));
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_found_out()
    {
        await using var stub = StubS3.Start(200, "0123456789");
        var destination = new byte[4];
        Assert.Equal(4, await stub.Store.ReadAsync("key", 0, destination, default));
        Assert.Equal("0123"u8, destination);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await stub.Store.ReadAsync("key", 4, destination, default));
        Assert.Contains("does not honour ranges", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_asks_for_no_byte_too_many()
    {
        await using var stub = StubS3.Start(206, "xyz");
        await stub.Store.ReadAsync("key", 10, new byte[3], default);
        Assert.Equal("bytes=10-12", stub.Requests.Single().Headers["Range"]);
    }

    [Fact]
    public async Task A_delete_reports_the_keys_that_stayed_and_tries_all_batches()
    {
        await using var stub = StubS3.Start((context, _) => StubS3.WriteAsync(context, 200, """
            <?xml version="1.0"?><DeleteResult>
            <Error><Key>p/k/7</Key><Code>SlowDown</Code><Message>later</Message></Error>
            <Error><Key>p/k/9</Key><Code>InternalError</Code><Message>hm</Message></Error></DeleteResult>
            """));
        var error = await Assert.ThrowsAsync<PartialDeleteException>(async () =>
            await stub.Store.DeleteAsync([.. Enumerable.Range(0, 1500).Select(number => $"k/{number}")], default));
        Assert.True(error.IsTransient);
        Assert.Equal(["k/7", "k/9", "k/7", "k/9"], error.Remaining);
        Assert.Equal(2, stub.Requests.Count);
    }

    [Fact]
    public async Task One_key_that_may_not_be_deleted_makes_the_failure_a_lasting_one()
    {
        await using var stub = StubS3.Start(200, """
            <?xml version="1.0"?><DeleteResult>
            <Error><Key>p/k/7</Key><Code>SlowDown</Code><Message>later</Message></Error>
            <Error><Key>p/k/9</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>
            """);
        var error = await Assert.ThrowsAsync<PartialDeleteException>(async () => await stub.Store.DeleteAsync(["k/7", "k/9"], default));
        Assert.False(error.IsTransient);
        Assert.Contains("'k/9': AccessDenied", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_passing_failure()
    {
        var store = ObjectStoreUrl.Parse($"s3://bucket?endpoint=http://127.0.0.1:{ServerProcess.FreePort()}&accessKey=a&secretKey=b")
            .OpenBare(ObjectStoreTesting.Services());
        foreach (var call in new Func<Task>[] { () => store.PutAsync("key", [1]), () => store.ReadAllAsync("key"), () => store.KeysAsync("") })
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(call);
            Assert.True(error.IsTransient);
            Assert.Contains("no answer from s3://bucket/ at http://127.0.0.1:", error.Message, StringComparison.Ordinal);
        }

        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_that_cannot_be_made_in_time_is_a_passing_failure_and_no_cancellation()
    {
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(backlog: 1);
        var waiting = await FillBacklogAsync(deaf.LocalEndPoint!);
        await using var store = S3ObjectStore.Open(
            new() { Bucket = "bucket", Endpoint = new($"http://{deaf.LocalEndPoint}"), PathStyle = true, AccessKey = "a", SecretKey = "b", ConnectTimeout = TimeSpan.FromMilliseconds(200) },
            TimeProvider.System);
        foreach (var call in new Func<Task>[] { () => store.PutAsync("key", [1]), () => store.ReadAllAsync("key"), () => store.KeysAsync(""), () => store.DeleteAsync(["key"], default).AsTask() })
            Assert.True((await Assert.ThrowsAnyAsync<ObjectStoreException>(call)).IsTransient);
        waiting.ForEach(socket => socket.Dispose());
    }

    /// <summary>Connects until the kernel lets further attempts hang.</summary>
    private static async Task<List<Socket>> FillBacklogAsync(EndPoint address)
    {
        var waiting = new List<Socket>();
        while (waiting.Count < 20)
        {
            using var tooLong = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            waiting.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            try
            {
                await waiting[^1].ConnectAsync(address, tooLong.Token);
            }
            catch (OperationCanceledException)
            {
                return waiting;
            }
        }

        throw new InvalidOperationException("the listener still takes connections");
    }

    [Fact]
    public async Task A_server_that_never_answers_is_left_when_the_call_is_cancelled()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stub = StubS3.Start(async (_, _) =>
        {
            asked.TrySetResult();
            await over.Task;
        });
        using var cancel = new CancellationTokenSource();
        var put = stub.Store.PutAsync("key", ObjectStoreTesting.Sequence(new byte[4 << 20]), cancel.Token).AsTask();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put.WaitAsync(TimeSpan.FromSeconds(10)));
        over.SetResult();
    }

    /// <summary>The examples of AWS's own documentation of the signature.</summary>
    [Theory]
    [InlineData("GET", "test.txt", "range", "bytes=0-9", S3Signer.EmptyPayload,
        "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")]
    [InlineData("PUT", "test$file.text", "x-amz-storage-class", "REDUCED_REDUNDANCY", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")]
    public void Signatures_match_the_published_examples(string method, string key, string header, string value, string hash, string signed, string signature)
    {
        var time = new StoppedClock(new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero));
        using var request = new HttpRequestMessage(new(method), new Uri(
            "https://examplebucket.s3.amazonaws.com/" + S3Signer.EscapePath(key), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.TryAddWithoutValidation(header, value);
        if (method == "PUT")
            request.Headers.TryAddWithoutValidation("Date", "Fri, 24 May 2013 00:00:00 GMT");
        new S3Signer("us-east-1", time).Sign(request, hash, new ImmutableCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", null));
        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed},Signature={signature}",
            request.Headers.GetValues("Authorization").Single());
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
