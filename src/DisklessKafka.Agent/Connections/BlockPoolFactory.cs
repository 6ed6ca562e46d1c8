using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace DisklessKafka.Agent.Connections;

/// <summary>
/// Gives every I/O queue of the transport the same pool: the budget for large blocks is the agent's, and at one turn a
/// 256 KiB block there is nothing to contend for. The queues dispose it together, at the end.
/// </summary>
public sealed class BlockPoolFactory(MemoryPool<byte> pool) : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => pool;
}
