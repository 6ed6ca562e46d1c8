using System.Net;
using System.Text;

namespace DisklessKafka.Chaos.Report;

/// <summary>One file that a browser shows, without scripts and without anything from elsewhere.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1140px; padding: 0 1em; color: #1f2328; background: #fff; }
        table { border-collapse: collapse; margin: 1em 0; } th, td { border: 1px solid #d1d9e0; padding: 3px 10px; text-align: right; }
        th:first-child, td:first-child { text-align: left; } th { background: #f6f8fa; } pre { background: #f6f8fa; padding: 1em; overflow-x: auto; }
        svg { width: 100%; margin: .5em 0; } .fault { fill: #d1242f; opacity: .14; } .fault:hover { opacity: .35; } .grid { stroke: #d1d9e0; }
        .mark { font-size: 12px; fill: currentColor; } .number { font-size: 9px; fill: currentColor; opacity: .7; } .title { font-size: 14px; font-weight: 600; fill: currentColor; }
        @media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3; } th, pre { background: #161b22; } th, td { border-color: #30363d; } .grid { stroke: #30363d; } }
        """;

    public static string Write(Document document)
    {
        var html = new StringBuilder($"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{Escape(document.Title)}</title>\n<style>{Style}</style>\n<h1>{Escape(document.Title)}</h1>\n");
        foreach (var part in document.Parts)
        {
            html.Append(part switch
            {
                Document.Heading heading => $"<h2>{Escape(heading.Text)}</h2>\n",
                Document.Paragraph paragraph => $"<p>{Escape(paragraph.Text)}</p>\n",
                Document.Preformatted preformatted => $"<pre>{Escape(preformatted.Text)}</pre>\n",
                Document.Table table => Write(table),
                Document.Figure figure => SvgPlot.Draw(figure.Plot) + "\n",
                _ => "",
            });
        }

        return html.Append("</html>\n").ToString();
    }

    private static string Write(Document.Table table)
    {
        var head = string.Concat(table.Columns.Select(column => $"<th>{Escape(column)}</th>"));
        var rows = table.Rows.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{Escape(cell)}</td>"))}</tr>\n");
        return $"<table><tr>{head}</tr>\n{string.Concat(rows)}</table>\n";
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
