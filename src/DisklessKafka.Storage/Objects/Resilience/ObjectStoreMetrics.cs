using System.Diagnostics.Metrics;

namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>
/// What the store itself is asked and how it answers, try by try: what the bill shows, where a metric around the whole
/// call shows what callers wait for.
/// </summary>
internal sealed class ObjectStoreMetrics(Meter meter)
{
    private readonly Histogram<double> _duration = meter.CreateHistogram<double>(
        "diskless.object_store.try.duration", "s", "Time of single tries against the object store, by operation and outcome");

    private readonly Counter<long> _retries = meter.CreateCounter<long>(
        "diskless.object_store.retries", "{try}", "Tries after a failed one, by operation");

    private readonly Counter<long> _hedges = meter.CreateCounter<long>(
        "diskless.object_store.hedges", "{try}", "Second requests sent beside a slow one, by operation");

    private readonly Counter<long> _withheld = meter.CreateCounter<long>(
        "diskless.object_store.withheld", "{try}", "Tries not made because nearly all failed lately, by operation");

    public void Tried(ObjectStoreOperation operation, string outcome, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, Tag(operation), new("outcome", outcome));

    public void Retried(ObjectStoreOperation operation) => _retries.Add(1, Tag(operation));

    public void Hedged(ObjectStoreOperation operation) => _hedges.Add(1, Tag(operation));

    public void Withheld(ObjectStoreOperation operation) => _withheld.Add(1, Tag(operation));

    public static string OutcomeOf(Exception error) => error switch
    {
        OperationCanceledException => "cancelled",
        ObjectNotFoundException => "not_found",
        ObjectStoreException { IsTransient: true } => "transient",
        ObjectStoreException => "permanent",
        _ => "unexpected",
    };

    private static KeyValuePair<string, object?> Tag(ObjectStoreOperation operation) => new("operation", operation switch
    {
        ObjectStoreOperation.Put => "put",
        ObjectStoreOperation.Create => "create",
        ObjectStoreOperation.Read => "read",
        ObjectStoreOperation.List => "list",
        ObjectStoreOperation.Delete => "delete",
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    });
}
