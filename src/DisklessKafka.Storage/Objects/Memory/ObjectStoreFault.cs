namespace DisklessKafka.Storage.Objects.Memory;

/// <summary>Decides what goes wrong. Asked once a call, in call order, from whatever thread calls the store.</summary>
public interface IObjectStoreFaults
{
    /// <param name="key">The object's key; the prefix of a listing; the first key of a delete.</param>
    ObjectStoreFault Next(ObjectStoreOperation operation, string key);
}

public enum ObjectStoreFaultKind
{
    None,

    /// <summary>Fails and takes no effect.</summary>
    FailBefore,

    /// <summary>Takes effect and then fails: the caller cannot know.</summary>
    FailAfter,

    /// <summary>Refused with what S3 calls SlowDown; takes no effect.</summary>
    Throttle,

    /// <summary>Takes no effect and never answers until it is cancelled.</summary>
    HangBefore,

    /// <summary>Takes effect and never answers until it is cancelled.</summary>
    HangAfter,

    /// <summary>Fails in a way that no retry mends (a permission was taken away, say); takes no effect.</summary>
    Refuse,
}

/// <param name="Delay">Added to the store's own latency, before the call takes effect.</param>
public readonly record struct ObjectStoreFault(ObjectStoreFaultKind Kind, TimeSpan Delay = default)
{
    public static ObjectStoreFault None => default;
}
