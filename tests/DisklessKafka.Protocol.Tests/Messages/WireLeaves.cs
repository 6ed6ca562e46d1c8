using System.Buffers;
using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace DisklessKafka.Protocol.Tests.Messages;

/// <summary>
/// The values of a message in the order of the wire, as texts that other languages can make too. Which fields a version
/// has is found out by watching what the codec writes.
/// </summary>
internal static class WireLeaves
{
    /// <summary>Fields in the tag section: they come last and have no presence marker.</summary>
    private static readonly HashSet<string> Tagged =
    [
        "FetchRequest.ClusterId", "FetchRequest.ReplicaState", "FetchPartition.ReplicaDirectoryId", "FetchPartition.HighWatermark",
        "PartitionData.DivergingEpoch", "FetchResponse+PartitionData.CurrentLeader", "PartitionData.SnapshotId", "FetchResponse.NodeEndpoints",
        "PartitionProduceResponse.CurrentLeader", "ProduceResponse.NodeEndpoints", "ApiVersionsResponse.SupportedFeatures",
        "ApiVersionsResponse.FinalizedFeaturesEpoch", "ApiVersionsResponse.FinalizedFeatures", "ApiVersionsResponse.ZkMigrationReady",
        "CreatableTopicResult.TopicConfigErrorCode",
    ];

    private static readonly ConcurrentDictionary<(Type, short), PropertyInfo[]> Present = new();

    private delegate void WriteAction<in T>(T self, ref WireWriter writer, short version);

    public static List<string> Of(object message, short version)
    {
        var leaves = new List<string>();
        AddFields(leaves, message, version);
        return leaves;
    }

    public static bool IsTagged(PropertyInfo property)
    {
        var type = property.DeclaringType!;
        var full = type.FullName!.Split('.')[^1];
        return Tagged.Contains($"{type.Name}.{property.Name}") || Tagged.Contains($"{full}.{property.Name}");
    }

    /// <summary>The properties that the version writes, in the order of the wire.</summary>
    public static PropertyInfo[] PresentIn(Type type, short version) => Present.GetOrAdd((type, version), key =>
    [
        .. MessageFiller.Properties(key.Item1)
            .Where(property => IsPresent(property, key.Item1, key.Item2))
            .OrderBy(property => IsTagged(property))
            .ThenBy(property => property.MetadataToken),
    ]);

    private static void AddFields(List<string> leaves, object message, short version)
    {
        var fresh = Activator.CreateInstance(message.GetType());
        foreach (var property in PresentIn(message.GetType(), version))
        {
            var value = property.GetValue(message);
            if (IsTagged(property) && (value is IList { Count: 0 } || Equals(value, property.GetValue(fresh)))) continue;   // left out
            var isStruct = IsStruct(property.PropertyType);
            if (isStruct && !IsTagged(property) && IsNullable(property)) leaves.Add(value is null ? "-1" : "1");
            if (!isStruct || value is not null) Add(leaves, value, version);
        }
    }

    private static void Add(List<string> leaves, object? value, short version)
    {
        switch (value)
        {
            case null:
                leaves.Add("null");
                break;
            case RecordsField records:
                leaves.Add(records.IsNull ? "null" : "x:" + Convert.ToHexStringLower(records.Sequence.ToArray()));
                break;
            case byte[] bytes:
                leaves.Add("x:" + Convert.ToHexStringLower(bytes));
                break;
            case string or TopicName or GroupId or TransactionalId:
                leaves.Add("s:" + value);
                break;
            case TopicId id:
                leaves.Add("u:" + id.Value);
                break;
            case Guid id:
                leaves.Add("u:" + id);
                break;
            case bool flag:
                leaves.Add(flag ? "true" : "false");
                break;
            case double number:
                leaves.Add("f:" + BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture));
                break;
            case ErrorCode code:
                leaves.Add(((short)code).ToString(CultureInfo.InvariantCulture));
                break;
            case IList items:
                leaves.Add($"[{items.Count}]");
                foreach (var item in items) Add(leaves, item, version);
                break;
            case IFormattable or ProducerId:
                leaves.Add(string.Create(CultureInfo.InvariantCulture, $"{value}"));
                break;
            default:
                AddFields(leaves, value, version);
                break;
        }
    }

    private static bool IsStruct(Type type) =>
        type is { IsClass: true, IsArray: false } && type != typeof(string) && type.Namespace == "DisklessKafka.Protocol.Messages";

    private static bool IsNullable(PropertyInfo property) =>
        new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    /// <summary>A field is there if, among some values, one changes the bytes.</summary>
    private static bool IsPresent(PropertyInfo property, Type type, short version)
    {
        var write = (Func<object, short, byte[]>)typeof(WireLeaves).GetMethod(nameof(WriterOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, null)!;
        var message = new MessageFiller(new Random(1), nullChance: 0).CreatePart(type);
        var before = write(message, version);
        for (var seed = 2; seed < 20; seed++)
        {
            property.SetValue(message, property.GetValue(new MessageFiller(new Random(seed), nullChance: 0).CreatePart(type)));
            if (!before.AsSpan().SequenceEqual(write(message, version))) return true;
        }

        return false;
    }

    private static Func<object, short, byte[]> WriterOf<T>()
    {
        var method = typeof(T).GetMethod("Write", [typeof(WireWriter).MakeByRefType(), typeof(short)])!;
        var write = method.CreateDelegate<WriteAction<T>>();
        return (part, version) =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            var writer = new WireWriter(buffer);
            write((T)part, ref writer, version);
            writer.Flush();
            return buffer.WrittenSpan.ToArray();
        };
    }
}
