using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace DisklessKafka.TestKit.Servers;

/// <summary>
/// A real Postgres as a child process under a scratch folder, on a free loopback port, durable (fsync on) unless told
/// otherwise. Any number side by side. Started by root it runs as user postgres, since Postgres refuses root.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "diskless";
    public const string Password = "s3cret-of-the-test";
    private const int SigKill = 9, SigStop = 19, SigCont = 18;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly IReadOnlyList<string> _settings;
    private ServerProcess? _process;

    private PostgresServer(string folder, IReadOnlyList<string> settings)
    {
        _folder = folder;
        _settings = settings;
    }

    public int Port { get; private set; }
    public string Url => $"postgres://{User}:{Password}@127.0.0.1:{Port}/postgres";
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username={User};Password={Password};Database=postgres";
    private string Data => Path.Combine(_folder, "data");

    /// <param name="settings">Lines of postgresql.conf such as <c>max_connections=20</c>.</param>
    /// <exception cref="InvalidOperationException">There is no Postgres on this machine, or it does not start; says why.</exception>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var folder = Path.Combine(Path.GetTempPath(), "diskless-postgres-" + Path.GetRandomFileName());
        var server = new PostgresServer(folder, settings);
        try
        {
            await RunAsync("mkdir", "-m", "700", folder);
            var password = Path.Combine(folder, "password");
            await RunAsync("sh", "-c", $"printf %s '{Password}' > '{password}'");
            await RunAsync(Binary("initdb"), "-D", server.Data, "-U", User, "-A", "scram-sha-256", "--pwfile", password,
                "--no-sync", "-E", "UTF8", "--locale=C");
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>After <see cref="StopAsync"/> or <see cref="KillAsync"/>; keeps its port.</summary>
    public async Task StartAgainAsync()
    {
        if (Port == 0) Port = ServerProcess.FreePort();
        string[] own = [$"port={Port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "max_prepared_transactions=4", "shared_buffers=64MB"];
        _process = Start([Binary("postgres"), "-D", Data, .. own.Concat(_settings).SelectMany(setting => new[] { "-c", setting })]);
        await _process.WaitForLineAsync("that it is ready", line => line.Contains("ready to accept connections", StringComparison.Ordinal), Patience);
    }

    /// <summary>A clean stop: open transactions are rolled back, connections closed.</summary>
    public Task StopAsync() => EndAsync(running => running.SignalAsync("INT"));

    /// <summary>As when the machine loses power, but for the disk's cache.</summary>
    public Task KillAsync() => EndAsync(async running =>
    {
        foreach (var pid in await BackendsAsync()) Signal(pid, SigKill);
        await running.KillAsync();
    });

    /// <summary>The server stops doing anything, its connections stay open: what a hung machine looks like.</summary>
    public async Task FreezeAsync()
    {
        foreach (var pid in await BackendsAsync()) Signal(pid, SigStop);
    }

    public async Task ThawAsync()
    {
        foreach (var pid in await BackendsAsync()) Signal(pid, SigCont);
    }

    /// <summary>Copies the data of the stopped server aside.</summary>
    public Task SaveDataAsync(string name) => RunAsync("cp", "-a", Data, Path.Combine(_folder, name));

    /// <summary>Puts a copy in place of the stopped server's data.</summary>
    public async Task RestoreDataAsync(string name)
    {
        await RunAsync("rm", "-rf", Data);
        await RunAsync("cp", "-a", Path.Combine(_folder, name), Data);
    }

    /// <summary>Runs SQL on a connection of its own.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A connection outside any pool; the caller disposes it.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs a program of Postgres (pg_dump, psql, …) against this server.</summary>
    public Task<string> RunToolAsync(string tool, params string[] arguments) => RunAsync(Binary(tool), ["-d", Url, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await EndAsync(running => running.SignalAsync("QUIT"));
        if (Directory.Exists(_folder)) await RunAsync("rm", "-rf", _folder);
    }

    private async Task EndAsync(Func<ServerProcess, Task> end)
    {
        var running = _process ?? throw new InvalidOperationException("the server is not running");
        await end(running);
        await running.WaitForExitAsync(Patience);
        await running.DisposeAsync();
        _process = null;
    }

    private async Task<List<int>> BackendsAsync()
    {
        var postmaster = _process?.Id ?? throw new InvalidOperationException("the server is not running");
        var children = await File.ReadAllTextAsync($"/proc/{postmaster}/task/{postmaster}/children");
        return [postmaster, .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        await using var run = Start([program, .. arguments]);
        await run.WaitForExitAsync(Patience);
        return run.ExitCode == 0 ? run.Output : throw new InvalidOperationException($"{program} failed: {run.Output}");
    }

    private static ServerProcess Start(string[] command) => Environment.IsPrivilegedProcess
        ? ServerProcess.Start("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", .. command], folder: "/")
        : ServerProcess.Start(command[0], command[1..], folder: "/");

    private static string Binary(string name)
    {
        var places = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(place => int.TryParse(Path.GetFileName(place), out var version) ? version : 0)
                .Select(place => Path.Combine(place, "bin"))
            : [];
        return places.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"these tests need Postgres, and '{name}' is not on this machine: install the package 'postgresql'");
    }

    private static void Signal(int pid, int signal)
    {
        [DllImport("libc", EntryPoint = "kill")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        static extern int Kill(int pid, int signal);
        _ = Kill(pid, signal); // a process that has ended meanwhile is what the caller wanted
    }
}
