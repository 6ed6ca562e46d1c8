using System.Net;
using DisklessKafka.TestKit.Processes;

namespace DisklessKafka.Chaos.Cluster;

/// <summary>One agent on its embedded store: a folder on a disk so small that it can be filled.</summary>
internal sealed class EmbeddedCluster : ChaosCluster
{
    private readonly ScratchFolder _folder = new("chaos-embedded");
    private readonly ChaosAgent _agent;

    private EmbeddedCluster()
    {
        Disk = SmallDisk.Mount(_folder.Of("disk"));
        _agent = new ChaosAgent(0, "zone-a", ["--data", Path.Combine(Disk.Folder, "data")], null, null);
    }

    public override IReadOnlyList<ChaosAgent> Agents => [_agent];

    public override EndPoint Bootstrap => _agent.Address;

    public override string Description => $"one agent on the embedded store, on a disk of {SmallDisk.Bytes >> 20} MiB";

    public SmallDisk Disk { get; }

    public static async Task<EmbeddedCluster> StartAsync()
    {
        var cluster = new EmbeddedCluster();
        await cluster.StartAgentsAsync();
        return cluster;
    }

    public override async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        Disk.Dispose();
        _folder.Dispose();
    }
}
