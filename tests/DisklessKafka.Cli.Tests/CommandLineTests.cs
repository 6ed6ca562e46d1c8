using System.Net;
using System.Net.Sockets;
using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Cli.Tests;

/// <summary>What people see of the executable: help, versions, refusals.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly ScratchFolder _folder = new("cli");

    public void Dispose() => _folder.Dispose();

    private Task<ToolResult> RunAsync(params string[] arguments) =>
        ToolProcess.RunAsync("dotnet", [TestMachine.AgentAssembly, .. arguments], folder: _folder.Path, limit: TimeSpan.FromMinutes(1));

    /// <returns>The one line on standard error.</returns>
    private async Task<string> RefusalAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        return Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task The_version_is_told() => Assert.Matches(@"^diskless \d+\.\d+\.\d+\s*$", (await RunAsync("--version")).OrThrow().Output);

    [Fact]
    public async Task Help_names_every_option_with_its_default_and_its_variable()
    {
        var help = (await RunAsync("agent", "--help")).OrThrow().Output;
        foreach (var option in Agent.Options.AgentOption.All)
        {
            Assert.Contains($"{option.Flag} <{option.Placeholder}>", help, StringComparison.Ordinal);
            Assert.Contains(option.EnvironmentVariable, help, StringComparison.Ordinal);
        }

        Assert.Contains("--config <FILE>", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'--lisen' is not known here; did you mean --listen?", "agent", "--lisen", "127.0.0.1:0")]
    [InlineData("'agnt' is not known here; did you mean agent?", "agnt")]
    [InlineData("--zone is given more than once", "agent", "--zone", "a", "--zone", "b")]
    [InlineData("--seconds: write a whole number", "demo", "--seconds", "0")]
    public async Task What_is_not_understood_is_named_and_ends_with_exit_code_2(string expected, params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.Equal(2, result.ExitCode);
        var lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains(expected, lines[0], StringComparison.Ordinal);
        Assert.Contains("--help", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_that_cannot_be_is_one_line_and_exit_code_2() =>
        Assert.StartsWith("diskless: --listen '9092': write HOST:PORT", await RefusalAsync(2, "agent", "--listen", "9092"), StringComparison.Ordinal);

    [Fact]
    public async Task An_object_store_that_cannot_be_used_is_one_line_with_its_place_and_exit_code_1()
    {
        await File.WriteAllTextAsync(_folder.Of("file"), "");
        var line = await RefusalAsync(1, "agent", "--listen", "127.0.0.1:0", "--http", "off", "--objects", $"file:{_folder.Of("file")}/objects");
        Assert.StartsWith("diskless: object store: ", line, StringComparison.Ordinal);
        Assert.Contains(_folder.Of("file"), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_metadata_log_that_cannot_be_reached_is_one_line_with_its_place_and_without_its_password()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        taken.Stop();
        var line = await RefusalAsync(1, "agent", "--listen", "127.0.0.1:0", "--http", "off", "--objects", "memory:", "--metadata", $"postgres://me:hunter2@127.0.0.1:{port}/db");
        Assert.StartsWith("diskless: metadata log: ", line, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{port}", line, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "cannot listen on")]
    [InlineData("--http", "cannot serve metrics and health on")]
    public async Task A_port_that_is_taken_is_one_line_that_names_it(string flag, string expected)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;
        string[] others = flag == "--listen" ? ["--http", "off"] : ["--listen", "127.0.0.1:0"];
        var line = await RefusalAsync(1, ["agent", "--objects", "memory:", flag, address, .. others]);
        Assert.StartsWith($"diskless: {expected} {address}: ", line, StringComparison.Ordinal);
        Assert.Contains(flag, line, StringComparison.Ordinal);
    }
}
