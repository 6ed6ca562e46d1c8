using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>Emits the <c>ErrorCode</c> enum and what is known of each code.</summary>
internal static class ErrorCodeEmitter
{
    public static string Emit(EquatableArray<Error> errors)
    {
        var code = new CodeWriter();
        code.Line(MessageEmitter.Preamble);
        code.Line("#nullable enable");
        code.Line();
        code.Line("namespace DisklessKafka.Protocol;");
        code.Line();
        code.Doc("What a request ended in. The numbers are Kafka's.");
        code.Block("public enum ErrorCode : short", () =>
        {
            foreach (var error in errors)
            {
                code.Doc(error.Doc);
                code.Line($"{error.Name} = {error.Code},");
            }
        });
        code.Line();
        code.Doc("What is known of each error code.");
        code.Block("public static class ErrorCodes", () =>
        {
            EmitSwitch(code, "Kafka's own spelling, like UNKNOWN_TOPIC_OR_PARTITION; the number for a code that is none.",
                "string KafkaName", errors, error => CodeWriter.Quote(error.KafkaName),
                "((short)code).ToString(global::System.Globalization.CultureInfo.InvariantCulture)");
            code.Line();
            EmitSwitch(code, "What the code means, as a sentence for people.",
                "string Meaning", errors, error => CodeWriter.Quote(error.Doc), "\"unknown error code\"");
            code.Line();
            code.Doc("True where the same request may succeed later, perhaps at another agent.");
            code.Line($"public static bool IsRetriable(this ErrorCode code) => {Retriable(errors)};");
        });
        return code.ToString();
    }

    private static string Retriable(EquatableArray<Error> errors)
    {
        var names = errors.Where(error => error.IsRetriable).Select(error => "ErrorCode." + error.Name).ToList();
        return names.Count == 0 ? "false" : "code is " + string.Join(" or ", names);
    }

    private static void EmitSwitch(CodeWriter code, string doc, string member, EquatableArray<Error> errors, Func<Error, string> value, string otherwise)
    {
        code.Doc(doc);
        code.Line($"public static {member}(this ErrorCode code) => code switch");
        code.Line("{");
        foreach (var error in errors) code.Line($"    ErrorCode.{error.Name} => {value(error)},");
        code.Line($"    _ => {otherwise},");
        code.Line("};");
    }
}
