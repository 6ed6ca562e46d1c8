using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>Emits one type: properties, constructors, codec and printing.</summary>
internal static class StructEmitter
{
    public static void EmitMembers(CodeWriter code, MessageContext context, Struct type)
    {
        foreach (var field in type.Fields) EmitProperty(code, context, field);
        EmitDefaults(code, context, type);
        ReadEmitter.Emit(code, context, type);
        WriteEmitter.Emit(code, context, type);
        EmitToString(code, type);
    }

    public static void EmitNested(CodeWriter code, MessageContext context, Struct type)
    {
        code.Line();
        code.Doc(type.Doc);
        code.Block($"public {(type.IsValueType ? "partial struct" : "sealed partial class")} {type.Name}", () => EmitMembers(code, context, type));
    }

    public static void EmitVersionAssert(CodeWriter code, MessageContext context)
    {
        var versions = context.Message.Versions;
        var condition = versions.IsOpen ? $"version >= {versions.Min}" : $"version is >= {versions.Min} and <= {versions.Max}";
        code.Line($"global::System.Diagnostics.Debug.Assert({condition}, {CodeWriter.Quote($"{context.Message.Name} has versions {versions}")});");
    }

    private static void EmitProperty(CodeWriter code, MessageContext context, Field field)
    {
        var versions = field.Versions.Intersect(context.Message.Versions);
        var note = context.WhenPresent(field) is null ? "" : $"(Versions {versions.ToString().Substring(1)}.)";
        code.Doc(string.Join(" ", new[] { field.Doc, note }.Where(part => part.Length > 0)));
        code.Line($"public {FieldTypes.Property(context, field)} {field.Name} {{ get; set; }}");
        code.Line();
    }

    private static void EmitDefaults(CodeWriter code, MessageContext context, Struct type)
    {
        var assignments = type.Fields
            .Select(field => (field.Name, Default: FieldTypes.Default(context, field)))
            .Where(assignment => assignment.Default is not null)
            .ToList();
        if (assignments.Count == 0 && type.IsValueType) return;
        code.Block($"public {type.Name}()", () =>
        {
            foreach (var (name, value) in assignments) code.Line($"{name} = {value};");
        });
        code.Line();
    }

    /// <summary>Secrets are not even handed to the printer.</summary>
    private static void EmitToString(CodeWriter code, Struct type)
    {
        var calls = type.Fields.Select(field => field.IsSecret
            ? $".Secret({CodeWriter.Quote(field.Name)})"
            : $".Add({CodeWriter.Quote(field.Name)}, {field.Name})");
        code.Line("/// <summary>For logs: lists and long values are cut, secrets left out.</summary>");
        code.Line("public override string ToString() =>");
        code.Line($"    new global::DisklessKafka.Protocol.MessagePrinter({CodeWriter.Quote(type.Name)}){string.Concat(calls)}.ToString();");
    }
}
