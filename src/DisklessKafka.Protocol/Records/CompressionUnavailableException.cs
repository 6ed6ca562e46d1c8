namespace DisklessKafka.Protocol.Records;

/// <summary>A codec's native library is not on this machine; the message names the package that brings it.</summary>
public sealed class CompressionUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
