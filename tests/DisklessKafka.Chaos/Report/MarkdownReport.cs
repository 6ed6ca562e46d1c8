using System.Text;

namespace DisklessKafka.Chaos.Report;

internal static class MarkdownReport
{
    /// <summary>Without the plots: those are in the HTML beside it.</summary>
    public static string Write(Document document)
    {
        var text = new StringBuilder($"# {document.Title}\n");
        foreach (var part in document.Parts)
        {
            text.Append(part switch
            {
                Document.Heading heading => $"\n## {heading.Text}\n",
                Document.Paragraph paragraph => $"\n{paragraph.Text}\n",
                Document.Preformatted preformatted => $"\n```\n{preformatted.Text}\n```\n",
                Document.Table table => Write(table),
                _ => "",
            });
        }

        return text.ToString();
    }

    private static string Write(Document.Table table) =>
        $"\n{Row(table.Columns)}{Row([.. table.Columns.Select(_ => "---")])}{string.Concat(table.Rows.Select(Row))}";

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n";
}
