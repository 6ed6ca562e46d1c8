namespace DisklessKafka.Load;

/// <summary>Incompressible values: windows that move over a block of random bytes.</summary>
internal sealed class Payload
{
    private const int BlockBytes = 16 << 20;
    private readonly byte[] _block = new byte[BlockBytes];
    private readonly int _bytes;
    private int _position;

    public Payload(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, BlockBytes / 2);
        _bytes = bytes;
        new Random(1).NextBytes(_block);
    }

    public Span<byte> Next()
    {
        _position += _bytes + 1; // one more, so that no two laps see the same windows
        if (_position > BlockBytes - _bytes)
            _position -= BlockBytes - _bytes;
        return _block.AsSpan(_position, _bytes);
    }
}
