using System.Collections;
using System.Reflection;

namespace DisklessKafka.Protocol.Tests.Messages;

/// <summary>Fills a message with seeded random values, every property of it, by reflection.</summary>
/// <param name="mostElements">Of each array; at least one.</param>
/// <param name="nullChance">How often a property that may be null is.</param>
/// <param name="withRecords">Otherwise records are empty.</param>
internal sealed class MessageFiller(Random random, int mostElements = 3, double nullChance = 0.2, bool withRecords = true)
{
    private static readonly NullabilityInfoContext Nullability = new();

    public IMessage Create(MessageType type) => (IMessage)CreatePart(type.Type);

    /// <summary>A message, or a type nested in one.</summary>
    public object CreatePart(Type type)
    {
        var part = Activator.CreateInstance(type)!;
        Fill(part);
        return part;
    }

    private void Fill(object target)
    {
        foreach (var property in Properties(target.GetType())) property.SetValue(target, Value(property));
    }

    public static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);

    private object? Value(PropertyInfo property)
    {
        var type = property.PropertyType;
        var isNullable = Nullable.GetUnderlyingType(type) is not null
            || (!type.IsValueType && Nullability.Create(property).WriteState == NullabilityState.Nullable);
        return isNullable && random.NextDouble() < nullChance ? null : Value(Nullable.GetUnderlyingType(type) ?? type);
    }

    private object Value(Type type)
    {
        if (type == typeof(string)) return Text();
        if (type == typeof(byte[])) return Bytes();
        if (type == typeof(RecordsField)) return withRecords ? new RecordsField(Bytes()) : RecordsField.Empty;
        if (type == typeof(Guid)) return Id();
        if (type == typeof(TopicName)) return new TopicName(Text());
        if (type == typeof(GroupId)) return new GroupId(Text());
        if (type == typeof(TransactionalId)) return new TransactionalId(Text());
        if (type == typeof(TopicId)) return new TopicId(Id());
        if (type == typeof(ProducerId)) return new ProducerId(random.NextInt64());
        if (type == typeof(bool)) return random.Next(2) == 1;
        if (type == typeof(double)) return random.NextDouble();
        if (type == typeof(ErrorCode)) return (ErrorCode)random.Next(36, 120);   // known ones: foreign readers stumble over others
        if (type.IsPrimitive) return Number(type);
        if (type.IsArray) return Array(type.GetElementType()!);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>)) return List(type);
        var value = Activator.CreateInstance(type)!;
        Fill(value);
        return value;
    }

    /// <summary>Mostly small, now and then the ends of the range, where signs and widths go wrong.</summary>
    private object Number(Type type)
    {
        var limits = random.Next(4);
        if (limits < 2) return type.GetField(limits == 0 ? "MinValue" : "MaxValue")!.GetRawConstantValue()!;
        return Convert.ChangeType(random.Next(128), type, null);
    }

    private IList List(Type type)
    {
        var list = (IList)Activator.CreateInstance(type)!;
        var element = type.GetGenericArguments()[0];
        for (var count = random.Next(mostElements) + 1; count > 0; count--) list.Add(Value(element));
        return list;
    }

    private Array Array(Type element)
    {
        var array = System.Array.CreateInstance(element, random.Next(mostElements) + 1);
        for (var i = 0; i < array.Length; i++) array.SetValue(Value(element), i);
        return array;
    }

    private Guid Id()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private byte[] Bytes()
    {
        var bytes = new byte[random.Next(20)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>One to four bytes a letter, and at times longer than a length of one byte can say.</summary>
    private string Text()
    {
        string[] letters = ["a", "Z", ".", "ß", "€", "漢", "😀"];
        return string.Concat(Enumerable.Range(0, random.Next(8) == 0 ? 150 : random.Next(10)).Select(_ => letters[random.Next(letters.Length)]));
    }
}
