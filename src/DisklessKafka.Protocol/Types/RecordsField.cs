using System.Buffers;

namespace DisklessKafka.Protocol;

/// <summary>
/// The records of a message. Inbound they are borrowed from the frame and gone when its memory is; outbound they are
/// whatever can write itself, so that data need not be gathered first. The default is null.
/// </summary>
public readonly struct RecordsField
{
    private readonly ReadOnlySequence<byte> _sequence;
    private readonly IRecordsPayload? _payload;
    private readonly bool _isPresent;

    /// <summary>Borrows the bytes.</summary>
    public RecordsField(ReadOnlySequence<byte> sequence)
    {
        if (sequence.Length > int.MaxValue)
            throw new ArgumentException($"Records of {sequence.Length} bytes; a message holds at most {int.MaxValue}.", nameof(sequence));
        _sequence = sequence;
        _isPresent = true;
    }

    public RecordsField(ReadOnlyMemory<byte> memory) : this(new ReadOnlySequence<byte>(memory))
    {
    }

    public RecordsField(IRecordsPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        _payload = payload;
        _isPresent = true;
    }

    public static RecordsField Null => default;

    public static RecordsField Empty => new(ReadOnlySequence<byte>.Empty);

    public bool IsNull => !_isPresent;

    /// <summary>In bytes; 0 for null.</summary>
    public int Length => _payload?.Length ?? (int)_sequence.Length;

    /// <summary>The borrowed bytes; empty for null.</summary>
    /// <exception cref="InvalidOperationException">These are outbound records that have no bytes of their own.</exception>
    public ReadOnlySequence<byte> Sequence => _payload is null
        ? _sequence
        : throw new InvalidOperationException("Outbound records write themselves; they have no bytes to lend.");

    /// <summary>Writes exactly <see cref="Length"/> bytes.</summary>
    public void WriteTo(IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_payload is not null)
        {
            _payload.WriteTo(target);
            return;
        }

        foreach (var segment in _sequence) target.Write(segment.Span);
    }

    public override string ToString() => IsNull ? "null" : $"[{Length} bytes of records]";
}
