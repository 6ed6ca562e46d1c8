using System.Security.Cryptography;

namespace DisklessKafka.TestKit.Processes;

/// <summary>Where tests find what the build made and what <c>scripts/install</c> brought to this machine.</summary>
public static class TestMachine
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Built or fetched once a machine, outside the tree; the same rule as in <c>scripts/lib.sh</c>.</summary>
    public static string Cache { get; } =
        Variable("DISKLESSKAFKA_CACHE")
        ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(Variable("HOME") ?? "/tmp", ".cache"), "disklesskafka");

    /// <summary>The agent that was built beside these tests, in the same configuration.</summary>
    public static string AgentAssembly =>
        Existing(Variable("DISKLESSKAFKA_AGENT") ?? Path.Combine(Root, "src/DisklessKafka.Cli/bin", BuildConfiguration(), "net10.0/diskless.dll"), "build the solution");

    /// <summary>Debian's interpreter: the one that Debian's Kafka module is installed for.</summary>
    public static string Python => Existing(Variable("DISKLESSKAFKA_PYTHON") ?? "/usr/bin/python3", InstallHint);

    /// <summary>The folder whose <c>node_modules</c> holds the clients that <paramref name="lockFile"/> pins.</summary>
    public static string NodeClients(string lockFile)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(lockFile)))[..16];
        return Existing(Path.Combine(Cache, $"node-clients-{hash}"), InstallHint);
    }

    private const string InstallHint = "run scripts/install";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string Existing(string path, string hint) =>
        Path.Exists(path) ? path : throw new FileNotFoundException($"'{path}' is missing: {hint}");

    /// <summary>Test assemblies lie in <c>bin/CONFIGURATION/net10.0</c>.</summary>
    private static string BuildConfiguration() => Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DisklessKafka.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"no DisklessKafka.sln above '{AppContext.BaseDirectory}'");
    }
}
