using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>
/// Figures that bound what a claimed count may cost: the fewest bytes that an element takes on the wire, and about how
/// much memory it takes once decoded (64-bit; object header 16, references 8).
/// </summary>
internal static class Sizes
{
    public static int ElementWireBytes(MessageContext context, Field field) =>
        field.Type == WireType.Struct ? StructWireBytes(context, context.TypeOf(field)) : ValueWireBytes(context, field);

    public static int ElementMemoryBytes(MessageContext context, Field field)
    {
        if (field.Type != WireType.Struct) return WireTypes.Of(field.Type).MemoryBytes;
        var type = context.TypeOf(field);
        var fields = FieldsMemoryBytes(type);
        return type.IsValueType ? fields : 8 + 16 + fields;   // a reference in the list, and the object
    }

    /// <summary>Never below 1: no element of Kafka's protocol is empty, so a count never passes the bytes that are left.</summary>
    private static int StructWireBytes(MessageContext context, Struct type)
    {
        var sum = context.Message.IsAlwaysFlexible ? 1 : 0;
        foreach (var field in type.Fields)
        {
            if (!field.IsTagged && context.WhenPresent(field) is null) sum += FieldWireBytes(context, field);
        }

        return Math.Max(1, sum);
    }

    private static int FieldWireBytes(MessageContext context, Field field)
    {
        if (field.IsArray) return LengthBytes(context, field, 4);
        if (field.Type != WireType.Struct) return ValueWireBytes(context, field);
        return context.IsNullable(field) ? 1 : StructWireBytes(context, context.TypeOf(field));
    }

    private static int ValueWireBytes(MessageContext context, Field field)
    {
        var bytes = WireTypes.Of(field.Type).WireBytes;
        return WireTypes.IsLengthPrefixed(field.Type) ? LengthBytes(context, field, bytes) : bytes;
    }

    private static int LengthBytes(MessageContext context, Field field, int classic) =>
        context.Flexible(field) == "false" ? classic : 1;

    private static int FieldsMemoryBytes(Struct type)
    {
        var sum = 0;
        foreach (var field in type.Fields)
            sum += field.IsArray || field.Type == WireType.Struct ? 8 : WireTypes.Of(field.Type).MemoryBytes;
        return (sum + 7) / 8 * 8;
    }
}
