using System.Net;

namespace DisklessKafka.Agent.Connections;

/// <summary>Where a listener binds.</summary>
/// <param name="Name">What requests know the listener by.</param>
/// <param name="EndPoint">Port 0 takes a free one; <see cref="IPAddress.IPv6Any"/> takes IPv4 too.</param>
public sealed record ListenAddress(string Name, IPEndPoint EndPoint);
