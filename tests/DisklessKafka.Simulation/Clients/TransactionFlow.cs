namespace DisklessKafka.Simulation.Clients;

/// <summary>The versions of the APIs by which a producer runs its transactions.</summary>
/// <param name="IsAnnounced">Partitions and groups are added to a transaction before anything is sent to them; else they join by what is sent.</param>
internal sealed record TransactionFlow(bool IsAnnounced, short Produce, short End, short CommitOffsets)
{
    /// <summary>The epoch stays from one transaction to the next.</summary>
    public static TransactionFlow Version1 { get; } = new(true, 11, 4, 4);

    /// <summary>The epoch goes up with each transaction.</summary>
    public static TransactionFlow Version2 { get; } = new(false, 13, 5, 5);
}
