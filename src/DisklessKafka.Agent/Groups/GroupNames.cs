using DisklessKafka.Metadata.State.Groups;
using DisklessKafka.Metadata.State.Groups.Classic;
using DisklessKafka.Metadata.State.Groups.Consumer;

namespace DisklessKafka.Agent.Groups;

/// <summary>States and types of groups as Kafka's tools spell them.</summary>
internal static class GroupNames
{
    public const string Dead = "Dead";
    private const string ConsumerProtocol = "consumer";

    public static string TypeOf(GroupView view) => view.Consumer is null ? "classic" : "consumer";

    /// <summary>What kind of clients it has; empty if nobody ever joined.</summary>
    public static string ProtocolTypeOf(GroupView view) => view.Consumer is null ? view.Classic?.ProtocolType ?? "" : ConsumerProtocol;

    public static string StateOf(GroupView view) => view.Consumer is { } consumer ? StateOf(consumer) : (view.Classic?.State ?? ClassicState.Empty) switch
    {
        ClassicState.Empty => "Empty",
        ClassicState.PreparingRebalance => "PreparingRebalance",
        ClassicState.CompletingRebalance => "CompletingRebalance",
        ClassicState.Stable => "Stable",
    };

    public static string StateOf(ConsumerGroup group) => group.State switch
    {
        ConsumerState.Empty => "Empty",
        ConsumerState.Reconciling => "Reconciling",
        ConsumerState.Stable => "Stable",
    };
}
