namespace DisklessKafka.Agent.Routing;

/// <summary>The zone a client says it is in, by a hint in its client id.</summary>
public static class ClientZone
{
    private static readonly string[] Keys = ["zone=", "ws_az=", "automq_az=", "diskless_az="];
    private static readonly char[] Separators = [',', '|', ';', ' '];

    /// <summary>The first hint's value; null without one. MirrorMaker and others append to client ids, so hints may stand anywhere.</summary>
    public static string? FromClientId(string clientId)
    {
        foreach (var part in clientId.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
            foreach (var key in Keys)
                if (part.StartsWith(key, StringComparison.Ordinal) && part.Length > key.Length)
                    return part[key.Length..];
        return null;
    }
}
