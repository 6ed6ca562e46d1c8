using System.Collections.Immutable;

namespace DisklessKafka.Metadata.State.Groups.Classic;

/// <summary>A way to share work that a member can follow, and what it has to say for it. The broker does not look inside.</summary>
public sealed record MemberProtocol(string Name, ReadOnlyMemory<byte> Metadata);

/// <summary>One member as it was after one whole entry.</summary>
public sealed record ClassicMember
{
    public required string Id { get; init; }

    /// <summary>A static member's own name; null for a dynamic one.</summary>
    public string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required int SessionTimeoutMs { get; init; }

    public required int RebalanceTimeoutMs { get; init; }

    /// <summary>Best first.</summary>
    public required ImmutableArray<MemberProtocol> Protocols { get; init; }

    /// <summary>The session, by ordinal, of the agent that it last spoke to, which times its silence.</summary>
    public required int Home { get; init; }

    /// <summary>It has asked to be in the next generation and waits for it.</summary>
    public bool IsJoining { get; init; }

    /// <summary>From the leader; empty until there is one in this generation.</summary>
    public ReadOnlyMemory<byte> Assignment { get; init; }

    public bool Supports(string protocol)
    {
        foreach (var mine in Protocols)
            if (mine.Name == protocol)
                return true;
        return false;
    }

    /// <summary>What it says for the protocol; empty if it does not follow it.</summary>
    public ReadOnlyMemory<byte> MetadataFor(string? protocol)
    {
        foreach (var mine in Protocols)
            if (mine.Name == protocol)
                return mine.Metadata;
        return default;
    }

    /// <summary>Whether joining with these would tell the others nothing new.</summary>
    public bool Says(ImmutableArray<MemberProtocol> protocols)
    {
        if (protocols.Length != Protocols.Length) return false;
        for (var i = 0; i < protocols.Length; i++)
            if (protocols[i].Name != Protocols[i].Name || !protocols[i].Metadata.Span.SequenceEqual(Protocols[i].Metadata.Span))
                return false;
        return true;
    }

    internal ulong Hash()
    {
        var hash = StateHasher.Mix(StateHasher.Mix(StateHasher.Of((ulong)Home), Id), InstanceId ?? "");
        hash = StateHasher.Mix(StateHasher.Mix(hash, ClientId), ClientHost);
        hash = StateHasher.Mix(hash, (long)SessionTimeoutMs << 32 | (uint)RebalanceTimeoutMs);
        foreach (var protocol in Protocols) hash = StateHasher.Mix(StateHasher.Mix(hash, protocol.Name), protocol.Metadata.Span);
        return StateHasher.Mix(StateHasher.Mix(hash, Assignment.Span), IsJoining ? 1UL : 0);
    }
}
