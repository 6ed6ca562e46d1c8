using System.Diagnostics;
using System.Text.Json;

namespace DisklessKafka.Protocol.Tests.CrossChecks;

/// <summary>A message that an independent library encoded, with its values in the order of the wire.</summary>
internal sealed record ForeignMessage(string Kind, string Name, short Key, short Version, string Hex, List<string> Leaves);

/// <summary>A response that we encoded and an independent library read: the values it found, in their order.</summary>
internal sealed record ForeignReading(int Index, List<string> Leaves, long Left, string? Error);

/// <summary>What a library's script answers: its own requests, and how it read our responses.</summary>
internal sealed record ForeignAnswer(List<ForeignMessage> Requests, List<ForeignReading> Readings, List<ForeignApi> Apis);

/// <summary>What a library believes of an API's headers.</summary>
internal sealed record ForeignApi(short Key, short Version, bool FlexibleRequestHeader, bool FlexibleResponseHeader);

/// <summary>Runs the scripts that hold independent codecs. They must be installed: a check that did not run proves nothing.</summary>
internal static class CrossCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>The folder of the scripts in the source tree: node looks for its modules beside them.</summary>
    private static string Folder
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CrossChecks", "package.json"))) folder = folder.Parent;
            return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("The folder CrossChecks is not above the test's binaries."), "CrossChecks");
        }
    }

    public static async Task<ForeignAnswer> NodeAsync(string script, object input)
    {
        var modules = Path.Combine(Folder, "node_modules");
        Assert.True(Directory.Exists(modules), $"{modules} is missing: run 'npm ci' in {Folder}.");
        return await RunAsync<ForeignAnswer>("node", script, input);
    }

    public static Task<List<ForeignMessage>> PythonAsync(string script) => RunAsync<List<ForeignMessage>>("/usr/bin/python3", script, null);

    private static async Task<T> RunAsync<T>(string program, string script, object? input)
    {
        var start = new ProcessStartInfo(program, [Path.Combine(Folder, script)])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        using var timeout = new CancellationTokenSource(Limit);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(input, Options));
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"{script} did not end within {Limit}.");
        }

        Assert.True(process.ExitCode == 0, $"{script} failed, is its library installed (package.json; python3-kafka)?\n{await errors}");
        return JsonSerializer.Deserialize<T>(await output, Options)!;
    }
}
