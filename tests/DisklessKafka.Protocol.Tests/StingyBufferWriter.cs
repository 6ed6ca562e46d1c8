using System.Buffers;

namespace DisklessKafka.Protocol.Tests;

/// <summary>Lends exactly what is asked for and a new block every time, as the worst pipe would.</summary>
internal sealed class StingyBufferWriter : IBufferWriter<byte>
{
    private readonly List<byte> _written = [];
    private byte[] _lent = [];

    public IReadOnlyList<byte> Written => _written;

    public void Advance(int count)
    {
        _written.AddRange(_lent.AsSpan(0, count));
        _lent = [];
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _lent = new byte[Math.Max(1, sizeHint)];

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
