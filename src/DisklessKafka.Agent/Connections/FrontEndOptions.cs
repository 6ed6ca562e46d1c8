namespace DisklessKafka.Agent.Connections;

/// <summary>
/// What one agent's listeners accept and how long they wait. Every figure bounds something: together they say how much
/// memory and how many sockets clients, honest or not, can take from an agent.
/// </summary>
public sealed record FrontEndOptions
{
    /// <summary>Largest request frame, length prefix excluded; a longer one closes the connection before a byte of it is kept. Kafka's socket.request.max.bytes.</summary>
    public int MaxFrameBytes { get; init; } = 100 << 20;

    /// <summary>Request bytes held at once over all connections. Past it, connections are not read from and TCP slows their clients. One frame may exceed it, see <see cref="MemoryBudget"/>.</summary>
    public long RequestMemoryBytes { get; init; } = DefaultShareOfMemory(8);

    /// <summary>Encoded but unsent reply bytes held at once over all connections. Past it, replies wait for slower clients to read theirs.</summary>
    public long ReplyMemoryBytes { get; init; } = DefaultShareOfMemory(8);

    /// <summary>
    /// Requests of one connection between being read and being answered. A write takes as long as a flush interval and a PUT,
    /// so this many in such a time is the most one connection can write: clients that send every record by itself, with many in
    /// flight, need hundreds. Bytes are bounded on their own; a waiting request beside its bytes takes about a kilobyte.
    /// </summary>
    public int MaxInFlightRequests { get; init; } = 1_024;

    /// <summary>Request bytes of one connection that may wait for their answers, so that no client alone holds the whole of <see cref="RequestMemoryBytes"/>. A single larger request passes.</summary>
    public long MaxInFlightBytes { get; init; } = 128 << 20;

    /// <summary>Bytes the transport reads ahead of the frame that is being handled, a connection. Not part of <see cref="RequestMemoryBytes"/>.</summary>
    public int ReadAheadBytes { get; init; } = 1 << 20;

    /// <summary>Socket buffers come in blocks of this size: one receive call and one pool turn a block. 4 KiB blocks cost three times the CPU.</summary>
    public int BlockBytes { get; init; } = 256 << 10;

    /// <summary>Blocks of <see cref="BlockBytes"/> in use at once, in bytes. Past it, blocks of 4 KiB are handed out, so that ten thousand connections that sent three bytes each hold 40 MB and not 2.5 GB.</summary>
    public long BlockBudgetBytes { get; init; } = 256 << 20;

    /// <summary>Connections over all listeners; the next one is closed at once.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Connections from one address; the next one is closed at once.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 10_000;

    /// <summary>A connection without requests for this long is closed. Kafka's connections.max.idle.ms.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A new connection must have sent its first whole request within this time; port scanners and forgotten sockets do not.</summary>
    public TimeSpan FirstRequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Once begun, a frame must have arrived within this time plus its size at <see cref="MinBytesPerSecond"/>, in every stage of its growth.</summary>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A client that takes no answer bytes for this long, plus their size at <see cref="MinBytesPerSecond"/>, is cut off.</summary>
    public TimeSpan WriteStallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The slowest link that is still served.</summary>
    public int MinBytesPerSecond { get; init; } = 16 << 10;

    /// <summary>How often deadlines are looked at: a connection outlives its deadline by at most this.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Says what is wrong with a combination, or null.</summary>
    public string? Validate() => this switch
    {
        { MaxFrameBytes: < 1024 } => $"{nameof(MaxFrameBytes)} must be at least 1024",
        { MaxInFlightRequests: < 1 } => $"{nameof(MaxInFlightRequests)} must be at least 1",
        { BlockBytes: < BlockPool.SmallBlockBytes } => $"{nameof(BlockBytes)} must be at least {BlockPool.SmallBlockBytes}",
        { ReadAheadBytes: < BlockPool.SmallBlockBytes } => $"{nameof(ReadAheadBytes)} must be at least {BlockPool.SmallBlockBytes}",
        { MaxConnections: < 1 } or { MaxConnectionsPerAddress: < 1 } => "connection limits must be at least 1",
        { MinBytesPerSecond: < 1 } => $"{nameof(MinBytesPerSecond)} must be at least 1",
        { RequestMemoryBytes: < 1 << 20 } or { ReplyMemoryBytes: < 1 << 20 } => $"{nameof(RequestMemoryBytes)} and {nameof(ReplyMemoryBytes)} must be at least 1 MiB",
        _ => null,
    };

    private static long DefaultShareOfMemory(int parts) =>
        Math.Max(64 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / parts);
}
