using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;

namespace DisklessKafka.Agent.Groups;

/// <summary>States and types of groups as Kafka's tools spell them.</summary>
internal static class GroupNames
{
    public const string Dead = "Dead";
    public const string Classic = "classic";

    public static string StateOf(GroupView view) => (view.Classic?.State ?? ClassicState.Empty) switch
    {
        ClassicState.Empty => "Empty",
        ClassicState.PreparingRebalance => "PreparingRebalance",
        ClassicState.CompletingRebalance => "CompletingRebalance",
        ClassicState.Stable => "Stable",
    };
}
