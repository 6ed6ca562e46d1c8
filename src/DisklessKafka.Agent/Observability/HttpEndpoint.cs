using System.Net;
using System.Net.Sockets;
using DisklessKafka.Agent.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent.Observability;

/// <summary>Serves /metrics, /healthz and /readyz over HTTP on a port of their own. Has no secrets to tell and takes nothing in.</summary>
public sealed class HttpEndpoint : IAsyncDisposable
{
    private const int MaxConnections = 100; // scrapers and probes; more would be something else
    private readonly WebApplication _app;

    private HttpEndpoint(WebApplication app, HostPort address)
    {
        _app = app;
        Address = address;
    }

    /// <summary>Where it really listens: a port of 0 has become a port.</summary>
    public HostPort Address { get; }

    /// <exception cref="MetricsPortException">The address is taken or is not this machine's.</exception>
    public static async Task<HttpEndpoint> StartAsync(HostPort address, PrometheusExporter metrics, AgentHealth health, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            Listen(kestrel, address);
        });
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, metrics, health));
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new MetricsPortException(address, failure);
        }

        return new(app, address.WithPort(new Uri(app.Urls.First()).Port));
    }

    /// <summary>Closes the port; answers under way are cut off, for nobody depends on them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static void Listen(KestrelServerOptions kestrel, HostPort address)
    {
        if (address.Host == "localhost" && address.Port != 0) kestrel.ListenLocalhost(address.Port); // both of IPv4 and IPv6
        else if (address.Address is { } ip) kestrel.Listen(ip, address.Port);
        else kestrel.Listen(Dns.GetHostAddresses(address.Host)[0], address.Port);
    }

    private static Task AnswerAsync(HttpContext context, PrometheusExporter metrics, AgentHealth health)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return TextAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET");
        return context.Request.Path.Value switch
        {
            "/metrics" => TextAsync(context, StatusCodes.Status200OK, metrics.Scrape(), PrometheusExporter.ContentType),
            "/healthz" => TextAsync(context, health.IsAlive ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, health.Describe()),
            "/readyz" => TextAsync(context, health.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, health.Describe()),
            "/" => TextAsync(context, StatusCodes.Status200OK, "DisklessKafka agent: /metrics /healthz /readyz"),
            _ => TextAsync(context, StatusCodes.Status404NotFound, "there are /metrics, /healthz and /readyz"),
        };
    }

    private static Task TextAsync(HttpContext context, int status, string text, string contentType = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text.EndsWith('\n') ? text : text + "\n", context.RequestAborted);
    }

    /// <summary>Signals are the composition root's business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
