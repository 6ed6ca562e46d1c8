using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Parsing;

/// <summary>The words and signs of one line, taken from left to right.</summary>
internal sealed class Tokens
{
    private const string Signs = ":=()?";

    private readonly List<(string Text, int Column)> _tokens = [];
    private readonly SchemaLine _line;
    private int _next;

    public Tokens(SchemaLine line)
    {
        _line = line;
        var text = line.Text;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            var end = EndOf(text, at);
            _tokens.Add((text.Substring(at, end - at), line.Indent + at));
            at = end;
        }
    }

    public bool AtEnd => _next >= _tokens.Count;

    public string Peek => AtEnd ? "" : _tokens[_next].Text;

    /// <summary>Of the token that comes next, or of the whole line behind the last.</summary>
    public Place Place => AtEnd ? _line.Place : new Place(_line.Number, _tokens[_next].Column, _tokens[_next].Text.Length);

    public string Take() => AtEnd ? "" : _tokens[_next++].Text;

    public bool TryTake(string text)
    {
        if (Peek != text) return false;
        _next++;
        return true;
    }

    public bool TryTakeVersions(out VersionRange range)
    {
        if (!VersionRange.TryParse(Peek, out range)) return false;
        _next++;
        return true;
    }

    private static int EndOf(string text, int at)
    {
        if (text[at] == '"')
        {
            var close = text.IndexOf('"', at + 1);
            return close < 0 ? text.Length : close + 1;
        }

        if (Signs.IndexOf(text[at]) >= 0) return at + 1;
        if (text[at] == '[' && at + 1 < text.Length && text[at + 1] == ']') return at + 2;
        var end = at + 1;
        while (end < text.Length && text[end] != ' ' && text[end] != '[' && Signs.IndexOf(text[end]) < 0) end++;
        return end;
    }
}
