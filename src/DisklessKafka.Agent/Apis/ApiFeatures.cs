namespace DisklessKafka.Agent.Apis;

/// <summary>A feature of the cluster as ApiVersions v3 and later tells it.</summary>
/// <param name="Name">Kafka's name, such as <c>transaction.version</c>.</param>
/// <param name="Min">Lowest level that can be chosen.</param>
/// <param name="Max">Highest level that can be chosen.</param>
/// <param name="Finalized">The level in force; 0 for none.</param>
public sealed record ApiFeature(string Name, short Min, short Max, short Finalized);

/// <summary>
/// The features that clients may rely on. A feature that is not listed keeps its clients on the old way of doing things,
/// so the empty list is always safe.
/// </summary>
/// <param name="Epoch">Grows whenever a finalized level changes; -1 while there is none.</param>
public sealed record ApiFeatures(IReadOnlyList<ApiFeature> All, long Epoch)
{
    public static ApiFeatures None { get; } = new([], -1);

    /// <summary>
    /// What this software has. Levels are fixed: all agents of a cluster do what its metadata's feature level says.
    /// Groups are of version 1, which has the consumer protocol (KIP-848). Transactions are of version 2, where each has an
    /// epoch of its own and announces nothing.
    /// </summary>
    public static ApiFeatures Served { get; } = new([new ApiFeature("group.version", 0, 1, 1), new ApiFeature("transaction.version", 0, 2, 2)], 0);
}
