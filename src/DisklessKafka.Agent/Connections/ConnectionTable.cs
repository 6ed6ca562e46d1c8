using System.Collections.Concurrent;
using System.Net;

namespace DisklessKafka.Agent.Connections;

/// <summary>The open connections, and the limits on how many there may be.</summary>
internal sealed class ConnectionTable(FrontEndOptions options)
{
    private readonly ConcurrentDictionary<long, KafkaConnection> _open = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Lock _lock = new();
    private int _count;
    private long _lastId;

    public IEnumerable<KafkaConnection> Open => _open.Values;

    public int Count => Volatile.Read(ref _count);

    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Counts one more connection from the address, unless there are too many.</summary>
    /// <returns><see cref="CloseReason.None"/> if it may stay; then <see cref="Leave"/> must follow.</returns>
    public CloseReason TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            if (_count >= options.MaxConnections) return CloseReason.TooManyConnections;
            var fromAddress = _perAddress.GetValueOrDefault(address);
            if (fromAddress >= options.MaxConnectionsPerAddress) return CloseReason.TooManyFromAddress;
            _perAddress[address] = fromAddress + 1;
            _count++;
            return CloseReason.None;
        }
    }

    public void Add(KafkaConnection connection) => _open[connection.Facts.Id] = connection;

    public void Remove(KafkaConnection connection) => _open.TryRemove(connection.Facts.Id, out _);

    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            _count--;
            if (--_perAddress[address] == 0) _perAddress.Remove(address);
        }
    }
}
