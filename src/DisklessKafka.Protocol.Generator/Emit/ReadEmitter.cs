using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>Emits decoding: a constructor that assigns every property once, from the wire or from its default.</summary>
internal static class ReadEmitter
{
    public static void Emit(CodeWriter code, MessageContext context, Struct type)
    {
        var isRoot = ReferenceEquals(type, context.Message.Root);
        code.Block($"private {type.Name}(ref global::DisklessKafka.Protocol.WireReader reader, short version)", () =>
        {
            if (isRoot) StructEmitter.EmitVersionAssert(code, context);
            if (context.FlexibleLocal is { } local) code.Line(local);
            foreach (var field in type.Fields)
            {
                if (field.IsTagged) EmitDefault(code, context, field);
                else EmitField(code, context, field);
            }

            EmitTags(code, context, type);
        });
        code.Line();
        if (isRoot) code.Line("/// <inheritdoc/>");
        code.Line($"public static {type.Name} Read(ref global::DisklessKafka.Protocol.WireReader reader, short version) => new(ref reader, version);");
        code.Line();
    }

    private static void EmitField(CodeWriter code, MessageContext context, Field field)
    {
        var condition = context.WhenPresent(field);
        var fallback = FieldTypes.Default(context, field);
        code.When(condition, () => EmitValue(code, context, field));
        if (condition is not null && fallback is not null) code.Block("else", () => code.Line($"{field.Name} = {fallback};"));
    }

    private static void EmitDefault(CodeWriter code, MessageContext context, Field field)
    {
        if (FieldTypes.Default(context, field) is { } fallback) code.Line($"{field.Name} = {fallback};");
    }

    private static void EmitValue(CodeWriter code, MessageContext context, Field field)
    {
        if (field.IsArray) code.Block("", () => EmitArray(code, context, field));
        else code.Line($"{field.Name} = {Value(context, field)};");
    }

    private static void EmitArray(CodeWriter code, MessageContext context, Field field)
    {
        var arguments = $"({context.Flexible(field)}, {Sizes.ElementWireBytes(context, field)}, {Sizes.ElementMemoryBytes(context, field)})";
        code.Line($"var count = {ByNullability(context, field, "reader.ReadNullableCount" + arguments, "reader.ReadCount" + arguments)};");
        if (!context.IsNullable(field))
        {
            EmitElements(code, context, field);
            return;
        }

        code.Block("if (count < 0)", () => code.Line($"{field.Name} = null;"));
        code.Block("else", () => EmitElements(code, context, field));
    }

    private static void EmitElements(CodeWriter code, MessageContext context, Field field)
    {
        var element = FieldTypes.Element(field);
        var read = ReadOne(context, field);
        if (FieldTypes.IsValueArray(context, field))
        {
            code.Line($"var items = count == 0 ? [] : new {element}[count];");
            code.Line($"for (var i = 0; i < items.Length; i++) items[i] = {read};");
        }
        else
        {
            code.Line($"var items = new global::System.Collections.Generic.List<{element}>(count);");
            code.Line($"for (var i = 0; i < count; i++) items.Add({read});");
        }

        code.Line($"{field.Name} = items;");
    }

    private static string Value(MessageContext context, Field field)
    {
        if (field.Type != WireType.Struct)
        {
            if (!WireTypes.IsLengthPrefixed(field.Type)) return ReadOne(context, field);
            var suffix = WireTypes.Of(field.Type).Suffix;
            var flexible = context.Flexible(field);
            return ByNullability(context, field, $"reader.ReadNullable{suffix}({flexible})", $"reader.Read{suffix}({flexible})");
        }

        if (!context.IsNullable(field)) return ReadOne(context, field);
        var condition = context.IsAlwaysNullable(field) ? "reader.ReadPresence()" : $"!({context.WhenNullable(field)}) || reader.ReadPresence()";
        return $"{condition} ? {ReadOne(context, field)} : null";
    }

    private static string ReadOne(MessageContext context, Field field)
    {
        if (field.Type == WireType.Struct) return $"{context.Message.Name}.{field.StructName}.Read(ref reader, version)";   // a property may hide the bare name
        var argument = WireTypes.IsLengthPrefixed(field.Type) ? context.Flexible(field) : "";
        return $"reader.Read{WireTypes.Of(field.Type).Suffix}({argument})";
    }

    private static string ByNullability(MessageContext context, Field field, string nullable, string notNullable)
    {
        if (!context.IsNullable(field)) return notNullable;
        return context.IsAlwaysNullable(field) ? nullable : $"{context.WhenNullable(field)} ? {nullable} : {notNullable}";
    }

    private static void EmitTags(CodeWriter code, MessageContext context, Struct type)
    {
        if (context.Message.IsNeverFlexible) return;
        var condition = context.Message.IsAlwaysFlexible ? null : "flexible";
        var tagged = type.Fields.Where(field => field.IsTagged).ToList();
        if (tagged.Count == 0)
        {
            code.Line(condition is null ? "reader.SkipTags();" : "if (flexible) reader.SkipTags();");
            return;
        }

        code.When(condition, () =>
        {
            code.Line("var tag = -1;");
            code.Block("for (var left = reader.ReadTagCount(); left > 0; left--)", () =>
            {
                code.Line("tag = reader.ReadTag(tag, out var end);");
                code.Block("switch (tag)", () =>
                {
                    foreach (var field in tagged) EmitTag(code, context, field);
                    code.Line("default: reader.SkipTo(end); break;");
                });
                code.Line("reader.EndTag(end);");
            });
        });
    }

    private static void EmitTag(CodeWriter code, MessageContext context, Field field)
    {
        var when = context.WhenPresent(field);
        code.Block($"case {field.Tag}{(when is null ? "" : " when " + when)}:", () =>
        {
            EmitValue(code, context, field);
            code.Line("break;");
        });
    }
}
