using System.Buffers;

namespace DisklessKafka.Protocol.Records.Codecs;

/// <summary>
/// Decompresses one batch's records chunk by chunk, so that memory does not follow the size of what comes out.
/// Pooled: <see cref="DecompressorPool"/> hands it out, disposing gives it back.
/// </summary>
internal abstract class Decompressor : IDisposable
{
    /// <summary>Size of the buffer that chunks are produced in; below the limit of the large object heap.</summary>
    protected const int ChunkBytes = 64 << 10;

    private long _bytesLeft;
    private DecompressorPool? _pool;

    public abstract CompressionCodec Codec { get; }

    /// <summary>Anything but <see cref="DecompressionStatus.Ok"/> is final.</summary>
    public DecompressionStatus Status { get; private set; }

    /// <summary>False once it holds more memory than is worth keeping.</summary>
    public virtual bool IsReusable => true;

    /// <param name="input">Borrowed until the decompressor is disposed.</param>
    /// <param name="maxBytes">More output than this is <see cref="DecompressionStatus.TooLarge"/>.</param>
    public void Start(in ReadOnlySequence<byte> input, long maxBytes, DecompressorPool owner)
    {
        _pool = owner;
        _bytesLeft = maxBytes;
        Status = DecompressionStatus.Ok;
        Begin(input);
    }

    /// <summary>The next bytes; valid until the next call. Empty at the end and after a failure.</summary>
    public ReadOnlySpan<byte> Next()
    {
        if (Status != DecompressionStatus.Ok) return default;
        var chunk = Produce(_bytesLeft);
        _bytesLeft -= chunk.Length;
        if (_bytesLeft < 0) Fail(DecompressionStatus.TooLarge);
        return Status == DecompressionStatus.Ok ? chunk : default;
    }

    public void Dispose()
    {
        End();
        var owner = _pool;
        _pool = null;
        owner?.Return(this);
    }

    /// <summary>Frees what it holds for good; called instead of keeping it.</summary>
    public virtual void Destroy()
    {
    }

    protected abstract void Begin(in ReadOnlySequence<byte> input);

    /// <summary>The next bytes, or none at the end or after <see cref="Fail"/>.</summary>
    /// <param name="limit">No need to produce more than one byte beyond this.</param>
    protected abstract ReadOnlySpan<byte> Produce(long limit);

    /// <summary>Lets go of the input.</summary>
    protected abstract void End();

    protected void Fail(DecompressionStatus status) => Status = status;
}
