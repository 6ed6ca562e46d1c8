namespace DisklessKafka.Protocol;

/// <summary>
/// The bytes are not a valid message. Framing cannot be trusted any more, so what is right for a connection is to close it,
/// as Kafka does; what is wrong only in meaning is answered with an error code instead.
/// </summary>
public sealed class WireFormatException : Exception
{
    public WireFormatException(string message) : base(message)
    {
    }

    public WireFormatException(string message, Exception inner) : base(message, inner)
    {
    }
}
