using System.Collections.Immutable;
using System.Text;
using DisklessKafka.Protocol.Generator.Checks;
using DisklessKafka.Protocol.Generator.Emit;
using DisklessKafka.Protocol.Generator.Model;
using DisklessKafka.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace DisklessKafka.Protocol.Generator;

/// <summary>
/// Turns <c>.wire</c> schemas into messages with their codecs, one source a file, and all files together into the API
/// table and the error codes. A file directly in <c>Schemas</c> goes to the namespace Messages, one in a folder below it
/// to the namespace of that folder's name.
/// </summary>
[Generator]
public sealed class WireGenerator : IIncrementalGenerator
{
    private const string RootNamespace = "DisklessKafka.Protocol.";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Where(text => text.Path.EndsWith(".wire", StringComparison.Ordinal))
            .Select(Parse)
            .WithTrackingName("Files");
        context.RegisterSourceOutput(files, EmitFile);

        var summaries = files.Select((file, _) => FileSummary.Of(file)).Collect();
        context.RegisterSourceOutput(summaries, ReportSetProblems);
        context.RegisterSourceOutput(summaries.Select(Apis).WithTrackingName("Apis"), EmitApis);
        context.RegisterSourceOutput(summaries.Select(Errors).WithTrackingName("Errors"), EmitErrors);
    }

    private static SchemaFile Parse(AdditionalText text, CancellationToken cancellation) =>
        SchemaParser.Parse(text.Path, text.GetText(cancellation)?.ToString() ?? "", RootNamespace + NamespaceOf(text.Path));

    private static string NamespaceOf(string path)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(path) ?? "");
        return folder is "" or "Schemas" ? "Messages" : Names.Pascal(folder);
    }

    private static void EmitFile(SourceProductionContext context, SchemaFile file)
    {
        foreach (var problem in file.Problems) context.ReportDiagnostic(SchemaDiagnostics.Of(problem));
        if (file.Problems.Count > 0 || file.Messages.Count == 0) return;
        var name = file.Namespace.Substring(RootNamespace.Length) + "." + Path.GetFileNameWithoutExtension(file.Path);
        context.AddSource(name + ".g.cs", SourceText.From(MessageEmitter.Emit(file), Encoding.UTF8));
    }

    private static void ReportSetProblems(SourceProductionContext context, ImmutableArray<FileSummary> files)
    {
        foreach (var problem in SchemaSetCheck.Run(files)) context.ReportDiagnostic(SchemaDiagnostics.Of(problem));
    }

    private static EquatableArray<ApiRow> Apis(ImmutableArray<FileSummary> files, CancellationToken cancellation) => new(files
        .SelectMany(file => file.Messages)
        .Where(message => message.Kind == MessageKind.Request)
        .OrderBy(message => message.ApiKey)
        .Select(message => new ApiRow(message.ApiName, message.ApiKey, message.Versions, message.Flexible, message.Unstable)));

    private static EquatableArray<Error> Errors(ImmutableArray<FileSummary> files, CancellationToken cancellation) => new(files
        .SelectMany(file => file.Errors)
        .OrderBy(error => error.Code)
        .Select(error => error with { Place = default }));

    private static void EmitApis(SourceProductionContext context, EquatableArray<ApiRow> rows) =>
        context.AddSource("ApiTable.g.cs", SourceText.From(ApiTableEmitter.Emit(rows), Encoding.UTF8));

    private static void EmitErrors(SourceProductionContext context, EquatableArray<Error> errors) =>
        context.AddSource("ErrorCode.g.cs", SourceText.From(ErrorCodeEmitter.Emit(errors), Encoding.UTF8));
}
