using System.Net;
using DisklessKafka.Agent.Write;

namespace DisklessKafka.Agent.Apis;

/// <summary>What is known about the client at the other end of a connection. One object a connection.</summary>
public sealed class ConnectionFacts
{
    /// <summary>Unique in one life of an agent.</summary>
    public long Id { get; init; }

    /// <summary>The listener's name: the address it was given.</summary>
    public string Listener { get; init; } = "";

    /// <summary>Null on transports without addresses.</summary>
    public IPEndPoint? RemoteEndPoint { get; init; }

    public IPEndPoint? LocalEndPoint { get; init; }

    /// <summary>Who the client is, as access rules name it.</summary>
    public string Principal { get; set; } = "User:ANONYMOUS";

    /// <summary>From ApiVersions v3 and later, where the client calls it; empty before and for older clients.</summary>
    public string ClientSoftwareName { get; set; } = "";

    public string ClientSoftwareVersion { get; set; } = "";

    /// <summary>What its client was told to send again.</summary>
    public RefusedBatches Refused { get; } = new();

    public override string ToString() => $"#{Id} {RemoteEndPoint}";
}
