namespace DisklessKafka.Protocol.Generator.Model;

/// <summary>What a single value is on the wire and in C#. <see cref="Struct"/> is a type that the schema itself defines.</summary>
internal enum WireType
{
    Boolean,
    Int8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    Float64,
    Varint,
    Varlong,
    UnsignedVarint,
    UnsignedVarlong,
    Uuid,
    String,
    Bytes,
    Records,
    ErrorCode,
    TopicName,
    TopicId,
    GroupId,
    TransactionalId,
    ProducerId,
    Struct,
}
