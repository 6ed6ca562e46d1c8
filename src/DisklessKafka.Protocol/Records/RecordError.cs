namespace DisklessKafka.Protocol.Records;

/// <summary>Which record made its batch invalid, for the answers to produce requests from version 8 on.</summary>
/// <param name="Index">The record's place in the batch, from 0.</param>
public readonly record struct RecordError(int Index, string Message);
