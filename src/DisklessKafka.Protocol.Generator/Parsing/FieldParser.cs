using System.Globalization;
using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Parsing;

/// <summary>
/// Parses the fields of one message and gathers the types that they define.
/// <c>name : [] Type  v3-12  nullable v7+  tag 0  = -1  secret  classic</c>; a type's fields stand indented below the
/// first field of that type, or below a line <c>common Type</c> where several fields share it.
/// </summary>
internal sealed class FieldParser(ProblemList problems)
{
    private readonly List<Struct> _types = [];

    public IEnumerable<Struct> Types => _types;

    public EquatableArray<Field> ParseFields(IEnumerable<SchemaLine> lines)
    {
        var fields = new List<Field>();
        foreach (var line in lines)
        {
            var tokens = new Tokens(line);
            if (tokens.TryTake("common")) ParseCommon(line, tokens);
            else if (ParseField(line, tokens) is { } field) fields.Add(field);
        }

        return new(fields);
    }

    /// <summary><c>common Type</c> or, for a value type, <c>common struct Type</c>.</summary>
    private void ParseCommon(SchemaLine line, Tokens tokens)
    {
        var isValueType = tokens.TryTake("struct");
        var place = tokens.Place;
        var name = tokens.Take();
        if (!Names.IsType(name) || !tokens.AtEnd) problems.Add(place, "expected the type's name in PascalCase and nothing else");
        else Define(name, isValueType, line);
    }

    private Field? ParseField(SchemaLine line, Tokens tokens)
    {
        var place = tokens.Place;
        var name = tokens.Take();
        if (!Names.IsField(name) || !tokens.TryTake(":"))
        {
            problems.Add(place, "expected a field like some_name : type");
            return null;
        }

        var isArray = tokens.TryTake("[]");
        var isNullable = isArray && tokens.TryTake("?");
        var isValueType = tokens.TryTake("struct");
        var typePlace = tokens.Place;
        var typeName = tokens.Take();
        if (!isArray) isNullable = tokens.TryTake("?");
        var isBuiltIn = WireTypes.TryGet(typeName, out var type);
        if (!isBuiltIn)
        {
            if (!Names.IsType(typeName))
            {
                problems.Add(typePlace, $"there is no type '{typeName}'; types that a schema defines are written in PascalCase");
                return null;
            }

            type = WireType.Struct;
            if (line.Children.Count > 0) Define(typeName, isValueType, line);
        }
        else if (line.Children.Count > 0)
        {
            problems.Add(line.Children[0].Place, $"a field of type {typeName} has no fields of its own");
        }

        var field = new Field(
            Names.Pascal(name), type, isBuiltIn ? "" : typeName, isArray, VersionRange.All, VersionRange.None, -1, null, false, false, line.Doc, place);
        return ParseAttributes(field, isNullable, tokens);
    }

    private Field? ParseAttributes(Field field, bool isNullable, Tokens tokens)
    {
        while (!tokens.AtEnd)
        {
            var place = tokens.Place;
            if (tokens.TryTakeVersions(out var versions)) field = field with { Versions = versions };
            else if (tokens.TryTake("nullable") && tokens.TryTakeVersions(out var nullable)) field = field with { Nullable = nullable };
            else if (tokens.TryTake("tag") && TryTag(tokens.Peek, out var tag)) field = Consume(tokens, field with { Tag = tag });
            else if (tokens.TryTake("=") && !tokens.AtEnd) field = field with { Default = tokens.Take() };
            else if (tokens.TryTake("secret")) field = field with { IsSecret = true };
            else if (tokens.TryTake("classic")) field = field with { IsClassic = true };
            else
            {
                problems.Add(place, "expected versions like v3+, 'nullable v…', 'tag N', '= default', 'secret' or 'classic'");
                return null;
            }
        }

        if (isNullable) return field with { Nullable = field.Versions };
        return field.Nullable.IsOpen ? field with { Nullable = new VersionRange(field.Nullable.Min, field.Versions.Max) } : field;
    }

    private void Define(string name, bool isValueType, SchemaLine line)
    {
        // The place is kept before the fields are parsed, so that types come in the order of their first mention.
        var index = _types.Count;
        _types.Add(new Struct(name, isValueType, EquatableArray<Field>.Empty, "", line.Place));
        _types[index] = _types[index] with { Fields = ParseFields(line.Children), Doc = line.Doc };
    }

    private static Field Consume(Tokens tokens, Field field)
    {
        tokens.Take();
        return field;
    }

    private static bool TryTag(string text, out int tag) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out tag);
}
