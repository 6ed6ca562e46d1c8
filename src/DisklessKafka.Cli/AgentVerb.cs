using System.Collections;
using DisklessKafka.Agent;
using DisklessKafka.Agent.Observability;
using DisklessKafka.Agent.Options;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Cli;

/// <summary>Runs an agent until it is told to stop.</summary>
internal static class AgentVerb
{
    public static async Task<int> RunAsync(IReadOnlyList<(string Name, string Value)> flags, string? configFile)
    {
        LoadedOptions loaded;
        try
        {
            loaded = AgentOptionsLoader.Load(flags, EnvironmentVariables(), configFile);
        }
        catch (OptionException e)
        {
            return Fail(ExitCodes.Usage, e.Message);
        }

        foreach (var warning in loaded.Warnings) Console.Error.WriteLine($"warning: {warning}");
        using var signals = new StopSignals();
        using var loggers = ConsoleLog.Create(loaded.Options.LogDetail, TimeProvider.System);
        try
        {
            return await ServeAsync(loaded.Options, loggers, signals);
        }
        catch (OperationCanceledException) when (signals.Requested.IsCancellationRequested)
        {
            return ExitCodes.Ok; // told to stop before it was up
        }
        catch (OptionException e)
        {
            return Fail(ExitCodes.Usage, e.Message);
        }
        catch (Exception e)
        {
            if (loaded.Options.LogDetail == LogDetail.Debug) Console.Error.WriteLine(e);
            return Fail(ExitCodes.Failed, Explain(e, loaded.Options));
        }
    }

    /// <summary>Agents one after the other, on the same addresses: the next where one cannot go on and a new one can.</summary>
    private static async Task<int> ServeAsync(AgentOptions options, ILoggerFactory loggers, StopSignals signals)
    {
        Exception? stoppedBy = null;
        while (true)
        {
            try
            {
                await using var host = await AgentHost.StartAsync(options, TimeProvider.System, new SystemRandom(), loggers, signals.Requested);
                options = options with { Listen = options.Listen.WithPort(host.Node.EndPoint.Port), Http = host.Http };
                Greet(host, options);
                stoppedBy = await FailureAsync(host, signals);
                if (stoppedBy is null) return await StopAsync(host);
                if (!AgentRecovery.MayBeginAnew(stoppedBy)) return Fail(ExitCodes.Failed, $"the agent stops: {OneLine(stoppedBy)}");
            }
            catch (Exception failure) when (stoppedBy is not null && AgentRecovery.MayTryAgain(failure))
            {
                stoppedBy = failure;
            }

            Console.Error.WriteLine($"diskless: the agent stops serving and begins anew: {OneLine(stoppedBy)}");
            await Task.Delay(AgentRecovery.Delay, TimeProvider.System, signals.Requested);
        }
    }

    /// <returns>Why the agent cannot go on; null when it was told to stop.</returns>
    private static async Task<Exception?> FailureAsync(AgentHost host, StopSignals signals)
    {
        var told = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, signals.Requested);
        return await Task.WhenAny(told, host.Node.Failed) == host.Node.Failed ? await host.Node.Failed : null;
    }

    private static async Task<int> StopAsync(AgentHost host)
    {
        Console.WriteLine("stopping: answering what was taken");
        await host.StopAsync();
        Console.WriteLine("stopped");
        return ExitCodes.Ok;
    }

    /// <summary>What a newcomer wants to know; the last line is for scripts.</summary>
    private static void Greet(AgentHost host, AgentOptions options)
    {
        Console.WriteLine($"DisklessKafka {AgentVersion.Text}");
        Console.WriteLine($"  records   {host.Objects}");
        Console.WriteLine($"  metadata  {Secrets.Redact(options.Metadata)}");
        Console.WriteLine($"  clients   bootstrap.servers={host.Node.Advertised}");
        Console.WriteLine($"            echo hello | kcat -b {host.Node.Advertised} -P -t greetings");
        Console.WriteLine($"            kcat -b {host.Node.Advertised} -C -t greetings -e");
        Console.WriteLine($"ready kafka={host.Node.Advertised} listen={host.Node.EndPoint}{(host.Http is { } http ? $" http={http}" : "")}");
    }

    /// <summary>One plain line that says what and where; the stores' own messages name the place and hold no secrets.</summary>
    private static string Explain(Exception failure, AgentOptions options) => failure switch
    {
        ObjectStoreException => $"object store: {OneLine(failure)}",
        MetadataLogException => $"metadata log: {OneLine(failure)}",
        MetricsPortException => OneLine(failure),
        IOException { InnerException: { } reason } => $"cannot listen on {options.Listen}: {OneLine(reason.GetBaseException())}; choose another address with --listen, port 0 picks a free one",
        _ => OneLine(failure),
    };

    private static string OneLine(Exception failure) => failure.Message.ReplaceLineEndings(" ");

    private static int Fail(int exitCode, string message)
    {
        Console.Error.WriteLine($"diskless: {message}");
        return exitCode;
    }

    private static Dictionary<string, string> EnvironmentVariables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "");
}
