namespace DisklessKafka.Chaos.Report;

/// <summary>A report without a format: Markdown and HTML are made of the same one.</summary>
internal sealed class Document(string title)
{
    private readonly List<Part> _parts = [];

    public string Title => title;

    public IReadOnlyList<Part> Parts => _parts;

    public void Section(string heading) => _parts.Add(new Heading(heading));

    public void Say(string text) => _parts.Add(new Paragraph(text));

    public void Show(string[] columns, IEnumerable<string[]> rows) => _parts.Add(new Table(columns, [.. rows]));

    public void Quote(string text) => _parts.Add(new Preformatted(text));

    public void Plot(Plot plot) => _parts.Add(new Figure(plot));

    internal abstract record Part;

    internal sealed record Heading(string Text) : Part;

    internal sealed record Paragraph(string Text) : Part;

    internal sealed record Table(string[] Columns, string[][] Rows) : Part;

    internal sealed record Preformatted(string Text) : Part;

    internal sealed record Figure(Plot Plot) : Part;
}
