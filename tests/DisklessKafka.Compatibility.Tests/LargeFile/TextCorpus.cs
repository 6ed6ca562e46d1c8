using System.Globalization;
using System.Text;

namespace DisklessKafka.Compatibility.Tests.LargeFile;

/// <summary>
/// A large file of real lines: what the machine has in its documentation, headers and scripts, gathered in a fixed order.
/// A machine with too little gets generated prose for the rest.
/// </summary>
internal static class TextCorpus
{
    private const int SmallestSource = 512, LargestSource = 8 << 20;
    private const int LongestLine = 100_000;
    private static readonly string[] Folders = ["/usr/share/doc", "/usr/include", "/usr/share", "/usr/lib", "/etc"];

    /// <summary>Writes lines, none empty and each ended by a line feed, until the file has <paramref name="bytes"/> or a little more.</summary>
    /// <param name="withKeys">Puts a key and a tab before each line: the same key for all lines of a source.</param>
    /// <returns>How many lines there are.</returns>
    public static long Write(string path, long bytes, bool withKeys)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        long lines = 0;
        foreach (var (source, text) in Sources().Concat(Prose()))
        {
            var key = withKeys ? Encoding.ASCII.GetBytes($"source-{source % 97}\t") : [];
            lines += CopyLines(file, key, text, bytes);
            if (file.Length >= bytes)
                break;
        }

        return lines;
    }

    private static long CopyLines(FileStream file, byte[] key, byte[] text, long bytes)
    {
        long lines = 0;
        foreach (var range in text.AsSpan().Split((byte)'\n'))
        {
            var line = text.AsSpan(range);
            if (line.IsEmpty || line.Length > LongestLine) // kcat leaves out empty lines
                continue;
            if (file.Position >= bytes)
                break;
            file.Write(key);
            file.Write(line);
            file.WriteByte((byte)'\n');
            lines++;
        }

        file.Flush();
        return lines;
    }

    private static IEnumerable<(int Source, byte[] Text)> Sources()
    {
        var options = new EnumerationOptions { IgnoreInaccessible = true, RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var number = 0;
        foreach (var folder in Folders.Where(Directory.Exists))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*", options).Order(StringComparer.Ordinal))
            {
                if (TryReadText(path) is { } text)
                    yield return (number++, text);
            }
        }
    }

    private static byte[]? TryReadText(string path)
    {
        try
        {
            if (new FileInfo(path).Length is < SmallestSource or > LargestSource)
                return null;
            var bytes = File.ReadAllBytes(path);
            return bytes.AsSpan().Contains((byte)0) ? null : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // went away, or is not for us
        }
    }

    private static IEnumerable<(int Source, byte[] Text)> Prose()
    {
        string[] words = ["segment", "offset", "the", "a", "log", "of", "record", "keeps", "its", "order", "and", "every", "agent", "reads", "what", "was", "written"];
        var random = new Random(1);
        for (var number = 0; ; number++)
        {
            var text = new StringBuilder();
            for (var line = 0; line < 1_000; line++)
                text.Append(CultureInfo.InvariantCulture, $"{number}.{line} {string.Join(' ', random.GetItems(words, random.Next(1, 20)))}\n");
            yield return (number, Encoding.ASCII.GetBytes(text.ToString()));
        }
    }
}
