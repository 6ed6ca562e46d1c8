using System.Text.Json;

namespace DisklessKafka.Cli.Admin;

/// <summary>What a verb found.</summary>
/// <param name="Document">For programs: one JSON document.</param>
/// <param name="Lines">For people.</param>
internal sealed record Report(object Document, IReadOnlyList<string> Lines)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>A list with one line for each of its items.</summary>
    public static Report Of<T>(IReadOnlyList<T> items, Func<T, string> line) => new(items, [.. items.Select(line)]);

    public void Print(bool isJson)
    {
        if (isJson) Console.WriteLine(JsonSerializer.Serialize(Document, Options));
        else foreach (var line in Lines) Console.WriteLine(line);
    }
}
