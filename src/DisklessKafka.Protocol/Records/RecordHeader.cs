namespace DisklessKafka.Protocol.Records;

/// <summary>A header of a record to be written.</summary>
/// <param name="Value">May be null, which is not the same as empty.</param>
public readonly record struct RecordHeader(string Key, byte[]? Value);
