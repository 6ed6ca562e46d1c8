using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace DisklessKafka.Protocol.Generator.Tests;

/// <summary>Runs the generator over schemas given as text.</summary>
internal sealed class GeneratorRun
{
    private readonly Dictionary<string, SchemaText> _schemas = new(StringComparer.Ordinal);
    private readonly CSharpCompilation _compilation = CSharpCompilation.Create("Schemas");
    private GeneratorDriver _driver = CSharpGeneratorDriver.Create(
        [new WireGenerator().AsSourceGenerator()],
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    public GeneratorRunResult Result => _driver.GetRunResult().Results[0];

    /// <summary>Every problem as <c>path(line,column): text</c>, counted from 1 as compilers print them.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. Result.Diagnostics.Select(diagnostic =>
        {
            var span = diagnostic.Location.GetLineSpan();
            return $"{span.Path}({span.StartLinePosition.Line + 1},{span.StartLinePosition.Character + 1}): {diagnostic.GetMessage(null)}";
        }),
    ];

    public static GeneratorRun Of(params (string Path, string Text)[] schemas)
    {
        var run = new GeneratorRun();
        foreach (var (path, text) in schemas)
        {
            var schema = new SchemaText(path, text);
            run._schemas.Add(path, schema);
            run._driver = run._driver.AddAdditionalTexts([schema]);
        }

        run.Run();
        return run;
    }

    /// <summary>A run over one file of a folder Schemas.</summary>
    public static GeneratorRun OfText(string text) => Of(("Schemas/test.wire", text));

    /// <summary>Edits one file and runs again, with everything that was kept from before.</summary>
    public void Edit(string path, string text)
    {
        var edited = new SchemaText(path, text);
        _driver = _driver.ReplaceAdditionalText(_schemas[path], edited);
        _schemas[path] = edited;
        Run();
    }

    public string Source(string hintName) =>
        Result.GeneratedSources.Single(source => source.HintName == hintName).SourceText.ToString();

    /// <summary>Why the outputs of the last run are there: new, modified, unchanged or cached, by source.</summary>
    public ImmutableArray<IncrementalStepRunReason> Reasons(string step) =>
        [.. Result.TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason)];

    public ImmutableArray<IncrementalStepRunReason> SourceReasons =>
        [.. Result.TrackedOutputSteps["SourceOutput"].SelectMany(run => run.Outputs).Select(output => output.Reason)];

    private void Run() => _driver = _driver.RunGenerators(_compilation);

    private sealed class SchemaText(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
