using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.TestKit.Network;

/// <summary>One request that an S3 server was asked, when it was over.</summary>
/// <param name="Operation">PUT, GET, DELETE, LIST, …</param>
/// <param name="Status">Of the answer; 0 where the connection was cut instead.</param>
public readonly record struct S3Request(string Operation, int Status, TimeSpan Took);

/// <summary>
/// An HTTP relay in front of an S3 server that can refuse requests, as an overloaded S3 does, and tells of every request that
/// passes. Host and path go on as they came, for they are signed.
/// </summary>
public sealed class S3FaultProxy : IAsyncDisposable
{
    private const string SlowDown = """<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>""";

    private readonly WebApplication _application;
    private readonly HttpMessageInvoker _upstream = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly int _target;
    private readonly Action<S3Request> _observe;
    private Func<bool> _refuses = () => false;

    private S3FaultProxy(int target, Action<S3Request> observe)
    {
        _target = target;
        _observe = observe;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Listen(IPAddress.Loopback, 0);
            server.Limits.MaxRequestBodySize = null;
            server.AllowSynchronousIO = false;
        });
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    public int Port => new Uri(_application.Urls.First()).Port;

    /// <param name="target">The loopback port of the server.</param>
    /// <param name="observe">Told of each request, from any thread.</param>
    public static async Task<S3FaultProxy> StartAsync(int target, Action<S3Request> observe)
    {
        var proxy = new S3FaultProxy(target, observe);
        await proxy._application.StartAsync();
        return proxy;
    }

    /// <summary>Asked at each request; where it says yes, the answer is 503 SlowDown and the server hears nothing.</summary>
    public void Refuse(Func<bool> when) => _refuses = when;

    public void Heal() => _refuses = () => false;

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _upstream.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var started = TimeProvider.System.GetTimestamp();
        var status = 0;
        try
        {
            status = _refuses() ? await RefuseAsync(context) : await RelayAsync(context);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            context.Abort(); // the server is away: the client sees a lost connection, as it would without this relay
        }

        _observe(new S3Request(OperationOf(context.Request), status, TimeProvider.System.GetElapsedTime(started)));
    }

    private static async Task<int> RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(SlowDown, context.RequestAborted);
        return StatusCodes.Status503ServiceUnavailable;
    }

    private async Task<int> RelayAsync(HttpContext context)
    {
        using var request = ToUpstream(context.Request);
        using var answer = await _upstream.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && !name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
                context.Response.Headers[name] = values.ToArray();
        }

        // What has no body may not have one written, but keeps its length.
        if (!HttpMethods.IsHead(context.Request.Method) && answer.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified))
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        return (int)answer.StatusCode;
    }

    private HttpRequestMessage ToUpstream(HttpRequest from)
    {
        var target = from.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var address = new Uri($"http://127.0.0.1:{_target}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(from.Method), address) { Version = HttpVersion.Version11 };
        if (from.ContentLength is not null || from.Headers.TransferEncoding.Count > 0)
            request.Content = new StreamContent(from.Body);
        foreach (var (name, values) in from.Headers)
        {
            if (!name.Equals("Expect", StringComparison.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        return request;
    }

    private static string OperationOf(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && (request.Query.ContainsKey("list-type") || request.Query.ContainsKey("prefix")) ? "LIST"
        : HttpMethods.IsPost(request.Method) && request.Query.ContainsKey("delete") ? "DELETE"
        : request.Method;
}
