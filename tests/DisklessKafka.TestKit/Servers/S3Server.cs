using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.TestKit.Servers;

/// <summary>
/// A real S3 server: Ceph's object gateway on an in-memory store, one monitor, one storage daemon and one gateway as
/// plain processes in a scratch folder; about two seconds from nothing. Several run side by side, and no privilege is
/// needed. Debian's packages:
/// <code>apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw ceph-common</code>
/// With the environment variable <c>DISKLESS_TEST_S3_URL</c> (<c>s3://BUCKET/PREFIX?endpoint=…&amp;accessKey=…&amp;secretKey=…</c>)
/// that server is used instead and nothing is started.
/// </summary>
/// <remarks>
/// What the settings are for: no authentication between the daemons, one copy of everything, and a monitor that does not
/// gather proposals for a second each (it would take 14 s to start). The crush map is filled before the storage daemon
/// runs and the daemon is told to leave it alone: both at once can abort it. Without tcp_nodelay a small answer takes 50 ms.
/// Replaced and deleted objects are swept every two seconds instead of every hour, or the memory would fill up, and writes
/// to a full store hang; what the device size says is only taken as objects need it.
/// </remarks>
public sealed class S3Server : IAsyncDisposable
{
    public const string AddressVariable = "DISKLESS_TEST_S3_URL";

    private const string Bucket = "disklesskafka-test";
    private const string AccessKey = "testaccesskey";
    private const string SecretKey = "test/secret+key=";
    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(30);
    private static readonly Lazy<Task<S3Server>> SharedServer = new(StartAsync);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("s3-");
    private readonly List<ServerProcess> _processes = [];
    private ServerProcess? _gateway;
    private string _url = Environment.GetEnvironmentVariable(AddressVariable) ?? "";
    private int _prefixes;

    private S3Server() => AppDomain.CurrentDomain.ProcessExit += (_, _) => DeleteFolder();

    /// <summary>The server that the tests of one process share. It ends with the process.</summary>
    public static Task<S3Server> SharedAsync() => SharedServer.Value;

    /// <summary>A server of the caller's own.</summary>
    public static async Task<S3Server> StartAsync()
    {
        var server = new S3Server();
        if (server._url.Length > 0)
            return server;
        try
        {
            await server.StartProcessesAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the gateway listens; 0 for a server that was given from outside.</summary>
    public int Port { get; private set; }

    /// <summary>SIGKILL to the gateway, through which everything goes; what is stored stays. Not for a shared server.</summary>
    public async Task KillGatewayAsync()
    {
        var gateway = _gateway ?? throw new InvalidOperationException("no gateway of this server runs");
        _gateway = null;
        _processes.Remove(gateway);
        await gateway.KillAsync();
        await gateway.DisposeAsync();
    }

    /// <summary>After <see cref="KillGatewayAsync"/>; returns when it answers again, on the same port.</summary>
    public async Task StartGatewayAsync() => await CreateBucketAsync(StartGateway(), Port); // creating what one owns already is no error

    /// <summary>The URL of an empty place in an existing bucket, as <see cref="ObjectStoreUrl"/> and the agent take it.</summary>
    public string NewUrl()
    {
        var parts = _url.Split('?', 2);
        var unique = $"{DateTime.UtcNow.Ticks:x}-{Environment.ProcessId}-{Interlocked.Increment(ref _prefixes)}";
        return $"{parts[0].TrimEnd('/')}/{unique}?{parts.ElementAtOrDefault(1)}";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync();
        DeleteFolder();
    }

    private void DeleteFolder()
    {
        if (Directory.Exists(_folder.FullName))
            _folder.Delete(recursive: true);
    }

    private async Task StartProcessesAsync()
    {
        var (monitorPort, s3Port) = (ServerProcess.FreePort(), ServerProcess.FreePort());
        var (cluster, daemon) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        foreach (var name in new[] { "mon", "osd", "run" })
            _folder.CreateSubdirectory(name);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "ceph.conf"), Settings(cluster, monitorPort, s3Port));

        await RunAsync("monmaptool", "--create", "--fsid", cluster, "--addv", "a", $"[v1:127.0.0.1:{monitorPort}/0]", "monmap");
        await RunAsync("ceph-mon", "-i", "a", "--mkfs", "--monmap", "monmap");
        var monitor = Start("ceph-mon", "-i", "a", "-f");
        await AskAsync(monitor, "osd", "new", daemon);
        await AskAsync(monitor, "osd", "crush", "add", "osd.0", "1", "host=h", "root=default");
        await RunAsync("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", daemon);
        Start("ceph-osd", "-i", "0", "-f");
        var gateway = StartGateway();
        await RunAsync("radosgw-admin", "user", "create", "--uid=test", "--display-name=test", $"--access-key={AccessKey}", $"--secret-key={SecretKey}");
        await CreateBucketAsync(gateway, s3Port);
        Port = s3Port;
        _url = string.Create(CultureInfo.InvariantCulture,
            $"s3://{Bucket}?endpoint=http://127.0.0.1:{s3Port}&region=us-east-1&pathStyle=true&accessKey={AccessKey}&secretKey={Uri.EscapeDataString(SecretKey)}");
    }

    private static async Task CreateBucketAsync(ServerProcess gateway, int port)
    {
        using var client = new AmazonS3Client(new BasicAWSCredentials(AccessKey, SecretKey), new AmazonS3Config
        {
            ServiceURL = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            MaxErrorRetry = 0,
        });
        await gateway.WaitUntilAsync("creates a bucket", async stop =>
        {
            await client.PutBucketAsync(Bucket, stop);
            return true;
        }, StepTime);
    }

    private ServerProcess StartGateway() => _gateway = Start("radosgw", "-n", "client.rgw", "-f");

    private ServerProcess Start(string program, params string[] arguments)
    {
        var process = ServerProcess.Start(program, ["-c", "ceph.conf", .. arguments], _folder.FullName);
        _processes.Add(process);
        return process;
    }

    /// <summary>A young monitor refuses commands at times, while it elects itself. The same one again is no error.</summary>
    private Task AskAsync(ServerProcess monitor, params string[] command) => monitor.WaitUntilAsync($"takes the command '{string.Join(' ', command)}'", async _ =>
    {
        await RunAsync("ceph", command);
        return true;
    }, StepTime);

    private Task RunAsync(string program, params string[] arguments) =>
        ServerProcess.RunAsync(program, ["-c", "ceph.conf", .. arguments], StepTime, _folder.FullName);

    private string Settings(string cluster, int monitorPort, int s3Port) => string.Create(CultureInfo.InvariantCulture, $"""
        [global]
        fsid = {cluster}
        mon_host = [v1:127.0.0.1:{monitorPort}/0]
        public_addr = 127.0.0.1
        ms_bind_msgr2 = false
        auth_cluster_required = none
        auth_service_required = none
        auth_client_required = none
        osd_pool_default_size = 1
        osd_pool_default_min_size = 1
        mon_allow_pool_size_one = true
        osd_pool_default_pg_num = 4
        osd_pool_default_pgp_num = 4
        osd_pool_default_pg_autoscale_mode = off
        osd_crush_chooseleaf_type = 0
        osd_crush_update_on_start = false
        osd_class_update_on_start = false
        run_dir = {_folder.FullName}/run
        admin_socket = {_folder.FullName}/run/$name.$pid.asok
        log_file = {_folder.FullName}/$name.log
        pid_file =
        mon_data = {_folder.FullName}/mon
        mon_tick_interval = 1
        paxos_propose_interval = 0.01
        paxos_min_wait = 0.005
        osd_data = {_folder.FullName}/osd
        osd_objectstore = memstore
        memstore_device_bytes = 17179869184
        rgw_frontends = beast endpoint=127.0.0.1:{s3Port} tcp_nodelay=1
        rgw_gc_obj_min_wait = 0
        rgw_gc_processor_period = 2
        rgw_gc_processor_max_time = 2

        """);
}
