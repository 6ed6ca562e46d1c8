using DisklessKafka.Protocol.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace DisklessKafka.Protocol.Generator;

/// <summary>Makes compiler errors of schema problems, with their file, line and column.</summary>
internal static class SchemaDiagnostics
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "WIRE001", "Schema error", "{0}", "Schemas", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static Diagnostic Of(Problem problem)
    {
        var start = new LinePosition(problem.Place.Line, problem.Place.Column);
        var end = new LinePosition(problem.Place.Line, problem.Place.Column + problem.Place.Length);
        return Diagnostic.Create(Descriptor, Location.Create(problem.Path, default, new LinePositionSpan(start, end)), problem.Text);
    }
}
