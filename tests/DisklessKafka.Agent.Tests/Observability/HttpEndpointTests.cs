using System.Diagnostics.Metrics;
using System.Net;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DisklessKafka.Agent.Tests.Observability;

public sealed class HttpEndpointTests : IAsyncLifetime, IDisposable
{
    private readonly Meter _meter = AgentMeter.Create();
    private readonly AgentHealth _health = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly PrometheusExporter _metrics;
    private HttpEndpoint _endpoint = null!;

    public HttpEndpointTests() => _metrics = new(_meter);

    public async Task InitializeAsync()
    {
        _endpoint = await HttpEndpoint.StartAsync(new HostPort("127.0.0.1", 0), _metrics, _health, NullLoggerFactory.Instance, CancellationToken.None);
        _client.BaseAddress = new Uri($"http://{_endpoint.Address}");
    }

    public async Task DisposeAsync() => await _endpoint.DisposeAsync();

    public void Dispose()
    {
        _client.Dispose();
        _metrics.Dispose();
        _meter.Dispose();
    }

    private async Task<(HttpStatusCode, string)> GetAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).TrimEnd());
    }

    [Fact]
    public async Task Port_0_becomes_a_real_port_and_metrics_are_served_on_it()
    {
        _meter.CreateCounter<long>("c").Add(7);
        Assert.NotEqual(0, _endpoint.Address.Port);
        var (status, text) = await GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("c_total 7", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_is_alive_while_it_starts_and_ready_only_once_it_serves()
    {
        Assert.Equal((HttpStatusCode.OK, "starting"), await GetAsync("/healthz"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "starting"), await GetAsync("/readyz"));
        _health.Enter(AgentPhase.Ready);
        Assert.Equal((HttpStatusCode.OK, "ready"), await GetAsync("/readyz"));
        _health.Enter(AgentPhase.Draining);
        Assert.Equal((HttpStatusCode.OK, "draining"), await GetAsync("/healthz"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), await GetAsync("/readyz"));
    }

    [Fact]
    public async Task A_check_that_complains_takes_readiness_away_but_not_health()
    {
        string? complaint = "no answer for 12s";
        _health.Require("metadata log", () => complaint);
        _health.Enter(AgentPhase.Ready);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "ready; metadata log: no answer for 12s"), await GetAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/healthz")).Item1);
        complaint = null;
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/readyz")).Item1);
    }

    [Fact]
    public async Task A_failed_agent_is_neither_and_stays_so()
    {
        _health.Enter(AgentPhase.Failed, "state differs from the cluster's");
        _health.Enter(AgentPhase.Ready);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "failed: state differs from the cluster's"), await GetAsync("/healthz"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync("/readyz")).Item1);
    }

    [Fact]
    public async Task Anything_else_is_not_found_and_nothing_can_be_sent_in()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/etc/passwd")).Item1);
        using var content = new StringContent("x");
        using var answer = await _client.PostAsync(new Uri("/metrics", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var refused = await Assert.ThrowsAsync<MetricsPortException>(() => HttpEndpoint.StartAsync(_endpoint.Address, _metrics, _health, NullLoggerFactory.Instance, CancellationToken.None));
        Assert.StartsWith($"cannot serve metrics and health on {_endpoint.Address}: ", refused.Message, StringComparison.Ordinal);
    }
}
