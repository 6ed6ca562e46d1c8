namespace DisklessKafka.Protocol;

/// <summary>A message of the wire, generated from its schema. Fields that a version lacks keep their defaults.</summary>
public interface IMessage
{
    /// <summary>Encodes the body. With a counting writer it only measures, so that a length can be written first.</summary>
    void Write(ref WireWriter writer, short version);
}

/// <summary>A message that can be read; <typeparamref name="TSelf"/> is the message itself.</summary>
public interface IMessage<TSelf> : IMessage where TSelf : IMessage<TSelf>
{
    /// <summary>Decodes the body. Records fields borrow the reader's memory; everything else is copied.</summary>
    /// <exception cref="WireFormatException">The bytes are not a valid message of this version.</exception>
    static abstract TSelf Read(ref WireReader reader, short version);
}

/// <summary>A request, and with it its API's key and response type.</summary>
public interface IRequest<TSelf, TResponse> : IMessage<TSelf>
    where TSelf : IRequest<TSelf, TResponse>
    where TResponse : IMessage<TResponse>
{
    static abstract ApiKey ApiKey { get; }
}
