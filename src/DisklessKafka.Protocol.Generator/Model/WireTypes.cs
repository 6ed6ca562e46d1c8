namespace DisklessKafka.Protocol.Generator.Model;

/// <summary>The built-in types: their spelling in schemas and their facts.</summary>
internal static class WireTypes
{
    /// <summary>One built-in type.</summary>
    /// <param name="CSharp">The type of the generated property.</param>
    /// <param name="Suffix">Of the codec methods: <c>ReadInt32</c>, <c>WriteInt32</c>.</param>
    /// <param name="WireBytes">The fewest bytes a value takes; see <see cref="IsLengthPrefixed"/> for the ones with a length in front.</param>
    /// <param name="MemoryBytes">What a value takes inside its object: references count 8.</param>
    public sealed record Facts(string CSharp, string Suffix, int WireBytes, int MemoryBytes);

    private const string Protocol = "global::DisklessKafka.Protocol.";

    private static readonly Dictionary<string, WireType> ByName = new(StringComparer.Ordinal)
    {
        ["bool"] = WireType.Boolean,
        ["int8"] = WireType.Int8,
        ["int16"] = WireType.Int16,
        ["uint16"] = WireType.UInt16,
        ["int32"] = WireType.Int32,
        ["uint32"] = WireType.UInt32,
        ["int64"] = WireType.Int64,
        ["float64"] = WireType.Float64,
        ["varint"] = WireType.Varint,
        ["varlong"] = WireType.Varlong,
        ["uvarint"] = WireType.UnsignedVarint,
        ["uvarlong"] = WireType.UnsignedVarlong,
        ["uuid"] = WireType.Uuid,
        ["string"] = WireType.String,
        ["bytes"] = WireType.Bytes,
        ["records"] = WireType.Records,
        ["error_code"] = WireType.ErrorCode,
        ["topic_name"] = WireType.TopicName,
        ["topic_id"] = WireType.TopicId,
        ["group_id"] = WireType.GroupId,
        ["transactional_id"] = WireType.TransactionalId,
        ["producer_id"] = WireType.ProducerId,
        ["broker_id"] = WireType.Int32,
        ["partition_index"] = WireType.Int32,
    };

    private static readonly Dictionary<WireType, Facts> Known = new()
    {
        [WireType.Boolean] = new("bool", "Boolean", 1, 1),
        [WireType.Int8] = new("sbyte", "Int8", 1, 1),
        [WireType.Int16] = new("short", "Int16", 2, 2),
        [WireType.UInt16] = new("ushort", "UInt16", 2, 2),
        [WireType.Int32] = new("int", "Int32", 4, 4),
        [WireType.UInt32] = new("uint", "UInt32", 4, 4),
        [WireType.Int64] = new("long", "Int64", 8, 8),
        [WireType.Float64] = new("double", "Float64", 8, 8),
        [WireType.Varint] = new("int", "Varint", 1, 4),
        [WireType.Varlong] = new("long", "Varlong", 1, 8),
        [WireType.UnsignedVarint] = new("uint", "UnsignedVarint", 1, 4),
        [WireType.UnsignedVarlong] = new("ulong", "UnsignedVarlong", 1, 8),
        [WireType.Uuid] = new("global::System.Guid", "Uuid", 16, 16),
        [WireType.String] = new("string", "String", 2, 8),
        [WireType.Bytes] = new("byte[]", "Bytes", 4, 8),
        [WireType.Records] = new(Protocol + "RecordsField", "Records", 4, 48),
        [WireType.ErrorCode] = new(Protocol + "ErrorCode", "ErrorCode", 2, 2),
        [WireType.TopicName] = new(Protocol + "TopicName", "TopicName", 2, 8),
        [WireType.TopicId] = new(Protocol + "TopicId", "TopicId", 16, 16),
        [WireType.GroupId] = new(Protocol + "GroupId", "GroupId", 2, 8),
        [WireType.TransactionalId] = new(Protocol + "TransactionalId", "TransactionalId", 2, 8),
        [WireType.ProducerId] = new(Protocol + "ProducerId", "ProducerId", 8, 8),
    };

    public static bool TryGet(string name, out WireType type) => ByName.TryGetValue(name, out type);

    public static Facts Of(WireType type) => Known[type];

    /// <summary>Types whose length is a fixed-width integer in classic versions and a varint in flexible ones.</summary>
    public static bool IsLengthPrefixed(WireType type) => IsText(type) || type is WireType.Bytes or WireType.Records;

    public static bool IsText(WireType type) =>
        type is WireType.String or WireType.TopicName or WireType.GroupId or WireType.TransactionalId;

    public static bool CanBeNull(WireType type) => IsLengthPrefixed(type) || type == WireType.Struct;
}
