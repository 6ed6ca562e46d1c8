namespace DisklessKafka.Chaos.Report;

internal static class ReportFiles
{
    /// <summary>Writes the report in both formats.</summary>
    /// <returns>The path without extension.</returns>
    public static string Write(Document document, string folder, string name)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        File.WriteAllText(path + ".md", MarkdownReport.Write(document));
        File.WriteAllText(path + ".html", HtmlReport.Write(document));
        return path;
    }
}
