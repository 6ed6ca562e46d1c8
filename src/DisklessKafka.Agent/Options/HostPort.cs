using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DisklessKafka.Agent.Options;

/// <summary>A network address as people write it: <c>HOST:PORT</c>, <c>[IPv6]:PORT</c>.</summary>
/// <param name="Host">A name or an address without brackets; "0.0.0.0" and "::" mean all addresses.</param>
/// <param name="Port">0: a free one is picked.</param>
public readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Listens on every address, so clients cannot be told this host.</summary>
    public bool IsAny => Host is "0.0.0.0" or "::" or "*";

    /// <exception cref="OptionException">Says what to write instead.</exception>
    public static HostPort Parse(string text)
    {
        const string advice = "write HOST:PORT, for example 0.0.0.0:9092, [::]:9092 or broker-1.example.com:9092";
        var colon = text.LastIndexOf(':');
        if (colon < 0) throw new OptionException(advice);
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) throw new OptionException($"write brackets around an IPv6 address: [{host}]:{text[(colon + 1)..]}");
        if (host.Length == 0 || host.Any(character => char.IsWhiteSpace(character) || character is '/' or ',')) throw new OptionException(advice);
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw new OptionException($"the port must be a number from 0 to 65535; {advice}");
        return new(host == "*" ? "::" : host, port);
    }

    public HostPort WithPort(int port) => this with { Port = port };

    /// <summary>The address to bind to; null for names other than localhost. Where the machine has no IPv6, [::] is 0.0.0.0.</summary>
    public IPAddress? Address => Host switch
    {
        "localhost" => IPAddress.Loopback,
        "::" => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any,
        _ => IPAddress.TryParse(Host, out var address) ? address : null,
    };

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
