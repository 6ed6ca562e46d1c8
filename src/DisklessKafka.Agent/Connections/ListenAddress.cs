using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace DisklessKafka.Agent.Connections;

/// <summary>Where a listener binds: <c>HOST:PORT</c>. HOST is an IP address, <c>[v6]</c>, <c>localhost</c>, or <c>*</c> for every address; port 0 takes a free one.</summary>
public sealed record ListenAddress(string Name, IPEndPoint EndPoint)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            problem = $"'{text}' is not HOST:PORT; write for example 127.0.0.1:9092";
            return false;
        }

        var host = text[..colon];
        IPAddress? ip = host switch
        {
            "" or "*" => IPAddress.IPv6Any,
            "localhost" => IPAddress.Loopback,
            _ => IPAddress.TryParse(host, out var parsed) ? parsed : null,
        };
        if (ip is null)
        {
            problem = $"'{host}' is not an IP address to listen on; write an address of this machine, localhost, or * for all";
            return false;
        }

        address = new ListenAddress(text, new IPEndPoint(ip, port));
        return true;
    }
}
