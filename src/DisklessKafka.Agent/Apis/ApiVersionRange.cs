namespace DisklessKafka.Agent.Apis;

/// <summary>Versions of one API, both ends included.</summary>
public readonly record struct ApiVersionRange(short Min, short Max)
{
    public bool Contains(short version) => version >= Min && version <= Max;

    public override string ToString() => $"{Min}-{Max}";
}
