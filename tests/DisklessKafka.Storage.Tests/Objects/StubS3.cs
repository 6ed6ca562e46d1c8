using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using DisklessKafka.Storage.Objects;
using DisklessKafka.TestKit.Servers;

namespace DisklessKafka.Storage.Tests.Objects;

/// <summary>An HTTP server that answers as a test says, for what a real S3 server does only on bad days.</summary>
internal sealed class StubS3 : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<HttpListenerContext, byte[], Task> _answer;
    private readonly Task _serving;
    private readonly string _address;

    private StubS3(Func<HttpListenerContext, byte[], Task> answer)
    {
        _answer = answer;
        _address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ServerProcess.FreePort()}/");
        _listener.Prefixes.Add(_address);
        _listener.Start();
        _serving = ServeAsync();
        Store = ObjectStoreUrl.Parse($"s3://bucket/p?endpoint={_address}&accessKey=key&secretKey=hush").OpenBare(ObjectStoreTesting.Services());
    }

    public IObjectStore Store { get; }

    /// <summary>Method, path and headers of every request.</summary>
    public ConcurrentQueue<(string Method, string Path, WebHeaderCollection Headers, byte[] Body)> Requests { get; } = new();

    /// <param name="answer">Gets the request with its body; the stub closes the answer.</param>
    public static StubS3 Start(Func<HttpListenerContext, byte[], Task> answer) => new(answer);

    /// <summary>Always the same answer.</summary>
    public static StubS3 Start(int status, string body = "") => new((context, _) => WriteAsync(context, status, body));

    /// <summary>Always the same error in S3's form.</summary>
    public static StubS3 StartFailing(int status, string code) =>
        Start(status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>said the stub</Message></Error>");

    public static async Task WriteAsync(HttpListenerContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        var bytes = Encoding.UTF8.GetBytes(body);
        context.Response.ContentLength64 = bytes.Length;
        await context.Response.OutputStream.WriteAsync(bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _listener.Stop();
        await _serving;
        ((IDisposable)_listener).Dispose();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                await AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The test is over, or the client hung up.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        var headers = new WebHeaderCollection { context.Request.Headers };
        Requests.Enqueue((context.Request.HttpMethod, context.Request.RawUrl!, headers, body.ToArray()));
        await _answer(context, body.ToArray());
        context.Response.Close();
    }
}
