namespace DisklessKafka.Protocol.Records;

/// <summary>A batch that was checked before it was stored does not read as one: its bytes were damaged since.</summary>
public sealed class RecordFormatException(string message) : Exception(message);
