namespace DisklessKafka.Storage.Objects;

/// <summary>An object-store call failed. Whether a write took effect is unknown unless the message says otherwise.</summary>
public class ObjectStoreException(string message, bool isTransient, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True where the same call may succeed later: time-outs, throttling, lost connections, 5xx answers.</summary>
    public bool IsTransient { get; } = isTransient;
}

/// <summary>No object has this key.</summary>
public sealed class ObjectNotFoundException(string key, Exception? inner = null) : ObjectStoreException($"no object '{key}'", isTransient: false, inner)
{
    public string Key { get; } = key;
}
