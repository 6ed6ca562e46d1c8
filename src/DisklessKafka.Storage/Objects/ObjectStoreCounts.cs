namespace DisklessKafka.Storage.Objects;

/// <summary>What was asked of a store so far: what an object store bills for. Tries count, not outcomes.</summary>
/// <param name="Deletes">Delete calls, not keys.</param>
public readonly record struct ObjectStoreCounts(
    long Puts, long Creates, long Reads, long Lists, long Deletes, long BytesWritten, long BytesRead);

/// <summary>The kinds of call, also the value of the metric tag <c>operation</c> in lower case.</summary>
public enum ObjectStoreOperation
{
    Put,
    Create,
    Read,
    List,
    Delete,
}

/// <summary>Counts calls from any thread.</summary>
internal sealed class ObjectStoreCounter
{
    private readonly long[] _calls = new long[5];
    private long _bytesWritten;
    private long _bytesRead;

    public void Count(ObjectStoreOperation operation, long written = 0)
    {
        Interlocked.Increment(ref _calls[(int)operation]);
        Interlocked.Add(ref _bytesWritten, written);
    }

    public void CountRead(long bytes) => Interlocked.Add(ref _bytesRead, bytes);

    public ObjectStoreCounts Counts => new(
        Of(ObjectStoreOperation.Put), Of(ObjectStoreOperation.Create), Of(ObjectStoreOperation.Read),
        Of(ObjectStoreOperation.List), Of(ObjectStoreOperation.Delete),
        Interlocked.Read(ref _bytesWritten), Interlocked.Read(ref _bytesRead));

    private long Of(ObjectStoreOperation operation) => Interlocked.Read(ref _calls[(int)operation]);
}
