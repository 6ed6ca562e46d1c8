namespace DisklessKafka.Load;

/// <summary>Incompressible values: windows that move over a block of random bytes.</summary>
internal sealed class Payload
{
    private const int BlockBytes = 16 << 20;
    private readonly byte[] block = new byte[BlockBytes];
    private readonly int bytes;
    private int position;

    public Payload(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, BlockBytes / 2);
        this.bytes = bytes;
        new Random(1).NextBytes(block);
    }

    public Span<byte> Next()
    {
        position += bytes + 1; // one more, so that no two laps see the same windows
        if (position > BlockBytes - bytes)
            position -= BlockBytes - bytes;
        return block.AsSpan(position, bytes);
    }
}
