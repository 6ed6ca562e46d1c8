namespace DisklessKafka.Storage.Objects;

/// <summary>
/// Some of the keys given were not deleted; the others were. Whoever tries again passes <see cref="Remaining"/> only,
/// so that deleting makes progress however often the store throttles it.
/// </summary>
public sealed class PartialDeleteException(string message, bool isTransient, IReadOnlyList<string> remaining)
    : ObjectStoreException(message, isTransient)
{
    public IReadOnlyList<string> Remaining { get; } = remaining;
}
