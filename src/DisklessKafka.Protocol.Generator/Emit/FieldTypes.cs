using System.Globalization;
using DisklessKafka.Protocol.Generator.Checks;
using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>Types and default values of generated properties.</summary>
internal static class FieldTypes
{
    private const string List = "global::System.Collections.Generic.List";

    /// <summary>Of one element, without nullability.</summary>
    public static string Element(Field field) => field.Type == WireType.Struct ? field.StructName : WireTypes.Of(field.Type).CSharp;

    public static bool IsValueArray(MessageContext context, Field field) =>
        field is { IsArray: true, Type: WireType.Struct } && context.TypeOf(field).IsValueType;

    public static string Property(MessageContext context, Field field)
    {
        var element = Element(field);
        var type = !field.IsArray ? element : IsValueArray(context, field) ? element + "[]" : $"{List}<{element}>";
        return CanBeNull(context, field) ? type + "?" : type;
    }

    /// <summary>Whether the property's type is nullable. Records have a null of their own; an absent tagged struct is null.</summary>
    public static bool CanBeNull(MessageContext context, Field field)
    {
        if (field is { IsArray: false, Type: WireType.Records }) return false;
        return context.IsNullable(field) || field is { IsTagged: true, IsArray: false, Type: WireType.Struct };
    }

    /// <summary>The default as an expression, or null where C#'s own default is it.</summary>
    public static string? Default(MessageContext context, Field field)
    {
        if (field.Default == "null") return null;
        if (field.IsArray) return "[]";
        if (field.Default is null)
        {
            return field.Type switch
            {
                WireType.String => "\"\"",
                WireType.Bytes => "[]",
                WireType.Records => context.IsNullable(field) ? null : "global::DisklessKafka.Protocol.RecordsField.Empty",
                WireType.Struct => field.IsTagged ? null : "new()",
                WireType.TopicName or WireType.GroupId or WireType.TransactionalId when context.IsNullable(field) => "new(\"\")",
                _ => null,
            };
        }

        return Literal(field);
    }

    private static string? Literal(Field field)
    {
        switch (field.Type)
        {
            case WireType.String:
                return field.Default;
            case WireType.TopicName or WireType.GroupId or WireType.TransactionalId:
                return $"new({field.Default})";
            case WireType.Boolean:
                return field.Default == "true" ? "true" : null;
            case WireType.Float64:
                return field.Default + "D";
        }

        if (!Defaults.TryInteger(field.Default!, out var number) || number == 0) return null;
        var text = number.ToString(CultureInfo.InvariantCulture);
        return field.Type switch
        {
            WireType.ErrorCode => $"({WireTypes.Of(field.Type).CSharp})({text})",
            WireType.ProducerId => $"new({text})",
            _ => text,
        };
    }

    /// <summary>The condition under which a tagged field has to be written: it differs from its default.</summary>
    public static string WhenSet(MessageContext context, Field field)
    {
        if (CanBeNull(context, field) && Default(context, field) is null) return $"{field.Name} is not null";
        if (field.IsArray) return Counted(context, field, IsValueArray(context, field) ? "Length" : "Count");
        var fallback = Default(context, field);
        switch (field.Type)
        {
            case WireType.Bytes:
                return Counted(context, field, "Length");
            case WireType.Boolean:
                return fallback == "true" ? $"!{field.Name}" : field.Name;
            case WireType.String:
                return $"{field.Name} != {fallback}";
            case WireType.TopicName or WireType.GroupId or WireType.TransactionalId or WireType.ProducerId:
                return $"{field.Name} != new {WireTypes.Of(field.Type).CSharp}({field.Default ?? (field.Type == WireType.ProducerId ? "0" : "\"\"")})";
            default:
                return $"{field.Name} != {fallback ?? "default"}";
        }
    }

    private static string Counted(MessageContext context, Field field, string member) =>
        CanBeNull(context, field) ? $"{field.Name} is not {{ {member}: 0 }}" : $"{field.Name}.{member} != 0";
}
