using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Parsing;

/// <summary>A line with something on it, and the lines that are indented below it.</summary>
internal sealed class SchemaLine(int number, int indent, string text, string doc)
{
    /// <summary>Counts from 0.</summary>
    public int Number { get; } = number;

    /// <summary>Leading blanks.</summary>
    public int Indent { get; } = indent;

    /// <summary>Without indentation and comment.</summary>
    public string Text { get; } = text;

    /// <summary>The comment at the line's end, after those of the comment lines directly above it.</summary>
    public string Doc { get; } = doc;

    public List<SchemaLine> Children { get; } = [];

    public Place Place => new(Number, Indent, Text.Length);
}
