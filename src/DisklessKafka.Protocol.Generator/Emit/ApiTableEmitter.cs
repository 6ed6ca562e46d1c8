using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>One API as the table of APIs holds it.</summary>
internal sealed record ApiRow(string Name, int Key, VersionRange Versions, VersionRange Flexible, VersionRange Unstable);

/// <summary>Emits the <c>ApiKey</c> enum and the rows of <c>ApiTable</c>.</summary>
internal static class ApiTableEmitter
{
    public static string Emit(EquatableArray<ApiRow> rows)
    {
        var code = new CodeWriter();
        code.Line(MessageEmitter.Preamble);
        code.Line("#nullable enable");
        code.Line();
        code.Line("namespace DisklessKafka.Protocol;");
        code.Line();
        code.Doc("The number in a request's header that says which API it calls. Clients may send any other number too.");
        code.Block("public enum ApiKey : short", () =>
        {
            foreach (var row in rows) code.Line($"{row.Name} = {row.Key},");
        });
        code.Line();
        code.Block("public static partial class ApiTable", () =>
        {
            code.Line("private static ApiInfo[] CreateRows() =>");
            code.Line("[");
            foreach (var row in rows) code.Line($"    new(ApiKey.{row.Name}, {row.Versions.Min}, {row.Versions.Max}, {HighestStable(row)}, {FirstFlexible(row)}),");
            code.Line("];");
        });
        return code.ToString();
    }

    private static int HighestStable(ApiRow row) => row.Unstable.IsEmpty ? row.Versions.Max : row.Unstable.Min - 1;

    private static int FirstFlexible(ApiRow row) => row.Flexible.IsEmpty ? short.MaxValue : row.Flexible.Min;
}
