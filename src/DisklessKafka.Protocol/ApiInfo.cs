namespace DisklessKafka.Protocol;

/// <summary>What Kafka 4.2 defines of an API. What an agent serves and offers is decided elsewhere.</summary>
/// <param name="HighestVersion">The highest version that is defined.</param>
/// <param name="HighestStableVersion">The highest version to offer: later ones may still change.</param>
/// <param name="FirstFlexibleVersion">From here on lengths are compact and tagged fields exist; <see cref="short.MaxValue"/> where that never happens.</param>
public sealed record ApiInfo(ApiKey Key, short LowestVersion, short HighestVersion, short HighestStableVersion, short FirstFlexibleVersion)
{
    public string Name => Key.ToString();

    public bool IsDefined(short version) => version >= LowestVersion && version <= HighestVersion;

    public bool IsFlexible(short version) => version >= FirstFlexibleVersion;

    /// <summary>The version of the header that requests of this version bear.</summary>
    public short RequestHeaderVersion(short version) => IsFlexible(version) ? (short)2 : (short)1;

    /// <summary>
    /// The version of the header that responses of this version bear. ApiVersions' is always the oldest: a client reads
    /// it before it knows what the broker speaks.
    /// </summary>
    public short ResponseHeaderVersion(short version) => IsFlexible(version) && Key != ApiKey.ApiVersions ? (short)1 : (short)0;
}
