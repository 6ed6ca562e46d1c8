using System.Net;
using System.Text.Json;
using DisklessKafka.TestKit;
using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>Operators' verbs, run as processes against an agent that is one too.</summary>
public abstract class OperatorTests : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new("admin");

    protected AgentProcess Agent { get; private set; } = null!;

    public async Task InitializeAsync() => Agent = await StartAgentAsync();

    public async Task DisposeAsync()
    {
        await Agent.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>One more agent of the same cluster, or the first.</summary>
    protected Task<AgentProcess> StartAgentAsync() => AgentProcess.StartAsync(["--data", _folder.Path]);

    protected async Task<WireClient> ConnectAsync()
    {
        var client = await WireClient.ConnectAsync(IPEndPoint.Parse(Agent.Bootstrap));
        await client.NegotiateAsync();
        return client;
    }

    protected Task<ToolResult> RunAsync(params string[] arguments) =>
        ToolProcess.RunAsync("dotnet", [TestMachine.AgentAssembly, .. arguments, "--bootstrap", Agent.Bootstrap], limit: TimeSpan.FromMinutes(1));

    /// <summary>What the verb tells programs, which is one document and nothing else.</summary>
    protected async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var result = (await RunAsync([.. arguments, "--json"])).OrThrow();
        Assert.Equal("", result.Errors);
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    protected async Task<(int ExitCode, string Errors)> RefusalAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.Equal("", result.Output);
        return (result.ExitCode, result.Errors);
    }
}
