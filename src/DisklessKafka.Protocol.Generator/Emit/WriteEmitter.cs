using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>Emits encoding. Fields that a version lacks are left out; a null that a version forbids throws.</summary>
internal static class WriteEmitter
{
    private const string Writer = "ref global::DisklessKafka.Protocol.WireWriter writer";

    public static void Emit(CodeWriter code, MessageContext context, Struct type)
    {
        var isRoot = ReferenceEquals(type, context.Message.Root);
        if (isRoot) code.Line("/// <inheritdoc/>");
        code.Block($"public {(type.IsValueType ? "readonly " : "")}void Write({Writer}, short version)", () =>
        {
            if (isRoot) StructEmitter.EmitVersionAssert(code, context);
            if (context.FlexibleLocal is { } local) code.Line(local);
            foreach (var field in type.Fields.Where(field => !field.IsTagged))
                code.When(context.WhenPresent(field), () => EmitValue(code, context, field));
            EmitTags(code, context, type);
        });
        code.Line();
        foreach (var field in type.Fields.Where(field => field.IsTagged)) EmitTagWriter(code, context, type, field);
    }

    private static void EmitValue(CodeWriter code, MessageContext context, Field field)
    {
        if (!FieldTypes.CanBeNull(context, field) || !context.IsNullable(field))
        {
            EmitNotNull(code, context, field);
            return;
        }

        if (!field.IsArray && field.Type != WireType.Struct && context.IsAlwaysNullable(field))
        {
            code.Line($"writer.WriteNullable{WireTypes.Of(field.Type).Suffix}({field.Name}, {context.Flexible(field)});");
            return;
        }

        code.Block($"if ({field.Name} is null)", () =>
        {
            if (!context.IsAlwaysNullable(field))
            {
                var refusal = $"global::DisklessKafka.Protocol.WireWriter.NullNotAllowed({CodeWriter.Quote(field.Name)}, version)";
                code.Line($"if (!({context.WhenNullable(field)})) throw {refusal};");
            }

            code.Line(Null(context, field));
        });
        code.Block("else", () => EmitNotNull(code, context, field));
    }

    private static string Null(MessageContext context, Field field)
    {
        if (field.IsArray) return $"writer.WriteNullCount({context.Flexible(field)});";
        if (field.Type == WireType.Struct) return "writer.WritePresence(false);";
        return $"writer.WriteNullable{WireTypes.Of(field.Type).Suffix}(null, {context.Flexible(field)});";
    }

    private static void EmitNotNull(CodeWriter code, MessageContext context, Field field)
    {
        if (field.IsArray)
        {
            var isValueArray = FieldTypes.IsValueArray(context, field);
            code.Line($"writer.WriteCount({field.Name}.{(isValueArray ? "Length" : "Count")}, {context.Flexible(field)});");
            code.Line(isValueArray
                ? $"for (var i = 0; i < {field.Name}.Length; i++) {WriteOne(context, field, field.Name + "[i]")}"
                : $"foreach (var item in {field.Name}) {WriteOne(context, field, "item")}");
            return;
        }

        if (field.Type == WireType.Struct && context.IsNullable(field))
        {
            // Versions without null have no marker in front of the struct.
            code.When(context.IsAlwaysNullable(field) ? null : context.WhenNullable(field), () => code.Line("writer.WritePresence(true);"));
        }

        if (field.Type == WireType.Records)
            code.Line($"writer.Write{(context.IsNullable(field) ? "Nullable" : "")}Records({field.Name}, {context.Flexible(field)});");
        else code.Line(WriteOne(context, field, Unwrapped(context, field)));
    }

    /// <summary>A nullable entity is a <c>Nullable&lt;T&gt;</c>; here it is known to have a value.</summary>
    private static string Unwrapped(MessageContext context, Field field) =>
        context.IsNullable(field) && WireTypes.IsText(field.Type) && field.Type != WireType.String ? field.Name + ".GetValueOrDefault()" : field.Name;

    private static string WriteOne(MessageContext context, Field field, string value)
    {
        if (field.Type == WireType.Struct) return $"{value}.Write(ref writer, version);";
        var flexible = WireTypes.IsLengthPrefixed(field.Type) ? ", " + context.Flexible(field) : "";
        return $"writer.Write{WireTypes.Of(field.Type).Suffix}({value}{flexible});";
    }

    private static void EmitTags(CodeWriter code, MessageContext context, Struct type)
    {
        if (context.Message.IsNeverFlexible) return;
        var condition = context.Message.IsAlwaysFlexible ? null : "flexible";
        var tagged = type.Fields.Where(field => field.IsTagged).OrderBy(field => field.Tag).ToList();
        if (tagged.Count == 0)
        {
            code.Line(condition is null ? "writer.WriteNoTags();" : "if (flexible) writer.WriteNoTags();");
            return;
        }

        code.When(condition, () =>
        {
            foreach (var field in tagged) code.Line($"var has{field.Name} = {Conjunction(context.WhenPresent(field), FieldTypes.WhenSet(context, field))};");
            code.Line($"writer.WriteUnsignedVarint({string.Join(" + ", tagged.Select(field => $"(has{field.Name} ? 1U : 0U)"))});");
            foreach (var field in tagged)
            {
                code.Block($"if (has{field.Name})", () =>
                {
                    code.Line("var measure = global::DisklessKafka.Protocol.WireWriter.Counting();");
                    code.Line($"Write{field.Name}Tag(ref measure, version);");
                    code.Line($"writer.WriteTag({field.Tag}, measure.BytesWritten);");
                    code.Line($"Write{field.Name}Tag(ref writer, version);");
                });
            }
        });
    }

    /// <summary>A tag's content on its own, so that it can be measured before it is written.</summary>
    private static void EmitTagWriter(CodeWriter code, MessageContext context, Struct type, Field field)
    {
        code.Block($"private {(type.IsValueType ? "readonly " : "")}void Write{field.Name}Tag({Writer}, short version)", () =>
        {
            if (field is { IsArray: false, Type: WireType.Struct })
            {
                code.Line($"{field.Name}!.Write(ref writer, version);");
                return;
            }

            if (context.FlexibleLocal is { } local && MentionsFlexible(field)) code.Line(local);
            EmitValue(code, context, field);
        });
        code.Line();
    }

    private static bool MentionsFlexible(Field field) => field.IsArray || WireTypes.IsLengthPrefixed(field.Type);

    private static string Conjunction(string? left, string right) => left is null ? right : $"{left} && {right}";
}
