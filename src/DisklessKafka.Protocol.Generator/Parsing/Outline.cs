namespace DisklessKafka.Protocol.Generator.Parsing;

/// <summary>Turns text into a tree of lines by their indentation, comments attached.</summary>
internal static class Outline
{
    public static List<SchemaLine> Read(string text, ProblemList problems)
    {
        var roots = new List<SchemaLine>();
        var open = new Stack<SchemaLine>();
        foreach (var line in Lines(text, problems))
        {
            while (open.Count > 0 && open.Peek().Indent >= line.Indent) open.Pop();
            var siblings = open.Count > 0 ? open.Peek().Children : roots;
            if (siblings.Count > 0 && siblings[0].Indent != line.Indent)
                problems.Add(line.Place, "the indentation matches no line above");
            siblings.Add(line);
            open.Push(line);
        }

        return roots;
    }

    private static IEnumerable<SchemaLine> Lines(string text, ProblemList problems)
    {
        var above = new List<string>();
        var number = -1;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var (body, comment) = SplitComment(raw.TrimEnd());
            var content = body.TrimStart(' ');
            if (content.Length == 0)
            {
                if (comment is null) above.Clear();   // a blank line parts a remark from what follows
                else above.Add(comment);
                continue;
            }

            var line = new SchemaLine(number, body.Length - content.Length, content, Join(above, comment));
            if (content[0] == '\t') problems.Add(line.Place, "indent with blanks, not with tabs");
            above.Clear();
            yield return line;
        }
    }

    /// <summary>A comment starts at a # outside of quotes.</summary>
    private static (string Body, string? Comment) SplitComment(string line)
    {
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"') quoted = !quoted;
            if (line[i] == '#' && !quoted) return (line.Substring(0, i).TrimEnd(), line.Substring(i + 1).Trim());
        }

        return (line, null);
    }

    private static string Join(List<string> above, string? comment)
    {
        var parts = comment is null ? above : above.Concat([comment]);
        return string.Join(" ", parts.Where(part => part.Length > 0));
    }
}
