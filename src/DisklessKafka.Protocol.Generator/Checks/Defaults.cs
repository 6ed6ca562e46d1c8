using System.Globalization;
using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Checks;

/// <summary>Default values as schemas write them.</summary>
internal static class Defaults
{
    /// <summary>What is wrong with the field's default, or null.</summary>
    public static string? Problem(Field field)
    {
        var text = field.Default!;
        if (text == "null") return field.Nullable.IsEmpty ? $"{field.Name} is never null, so null cannot be its default" : null;
        if (field.IsArray) return "an array's default is empty or null";
        var ok = field.Type switch
        {
            WireType.Boolean => text is "true" or "false",
            WireType.Int8 => InRange(text, sbyte.MinValue, sbyte.MaxValue),
            WireType.Int16 or WireType.ErrorCode => InRange(text, short.MinValue, short.MaxValue),
            WireType.UInt16 => InRange(text, ushort.MinValue, ushort.MaxValue),
            WireType.Int32 or WireType.Varint => InRange(text, int.MinValue, int.MaxValue),
            WireType.UInt32 or WireType.UnsignedVarint => InRange(text, uint.MinValue, uint.MaxValue),
            WireType.Int64 or WireType.Varlong or WireType.ProducerId => InRange(text, long.MinValue, long.MaxValue),
            WireType.UnsignedVarlong => InRange(text, 0, long.MaxValue),
            WireType.Float64 => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            WireType.String or WireType.TopicName or WireType.GroupId or WireType.TransactionalId =>
                text.Length >= 2 && text[0] == '"' && text[text.Length - 1] == '"' && text.IndexOf('\\') < 0,
            _ => false,
        };
        return ok ? null : $"{text} is no default for {field.Name}'s type";
    }

    public static bool TryInteger(string text, out long number) => text.StartsWith("0x", StringComparison.Ordinal)
        ? long.TryParse(text.Substring(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static bool InRange(string text, long min, long max) => TryInteger(text, out var number) && number >= min && number <= max;
}
