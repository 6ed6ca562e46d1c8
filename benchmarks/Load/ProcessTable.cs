using System.Globalization;

namespace DisklessKafka.Load;

/// <summary>Linux's processes at one moment: processor time so far, in seconds, under the names that a report uses.</summary>
/// <param name="MachineSeconds">All that the machine's cores have done, whoever had it done.</param>
internal sealed record ProcessTable(Dictionary<string, double> Seconds, double MachineSeconds)
{
    public const string Client = "client", Server = "server", Kernel = "kernel threads";

    private const double TicksPerSecond = 100; // USER_HZ, the same on all of Linux's architectures
    private const int KernelThreads = 2;       // the process that all of the kernel's threads descend from

    private readonly record struct Row(int Id, int Parent, string Name, double Seconds);

    /// <param name="parent">What runs below it counts under its program's name; it does not itself.</param>
    public static ProcessTable Read(int? server, int? parent)
    {
        var rows = Rows().ToDictionary(row => row.Id);
        var seconds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var row in rows.Values)
        {
            var name = row.Id == Environment.ProcessId ? Client
                : row.Id == server ? Server
                : IsBelow(row, KernelThreads, rows) ? Kernel
                : parent is { } top && IsBelow(row, top, rows) ? row.Name
                : null;
            if (name is not null)
                seconds[name] = seconds.GetValueOrDefault(name) + row.Seconds;
        }

        return new ProcessTable(seconds, MachineBusySeconds());
    }

    private static bool IsBelow(Row row, int ancestor, Dictionary<int, Row> rows)
    {
        for (var at = row.Parent; at > 0; at = rows.TryGetValue(at, out var above) ? above.Parent : 0)
        {
            if (at == ancestor)
                return true;
        }

        return false;
    }

    private static IEnumerable<Row> Rows()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var id) && TryRead(id) is { } row)
                yield return row;
        }
    }

    /// <summary>Of "id (name) state parent …": the name may hold anything, hence the search for its end.</summary>
    private static Row? TryRead(int id)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{id}/stat");
        }
        catch (IOException)
        {
            return null; // ended meanwhile
        }

        var (open, close) = (text.IndexOf('('), text.LastIndexOf(')'));
        var fields = text[(close + 2)..].Split(' ');
        return new Row(id, Parse<int>(fields[1]), text[(open + 1)..close], (Parse<double>(fields[11]) + Parse<double>(fields[12])) / TicksPerSecond);
    }

    /// <summary>User, nice, system, interrupts; neither idle nor waiting for a disk nor stolen.</summary>
    private static double MachineBusySeconds()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Parse<double>(fields[1]) + Parse<double>(fields[2]) + Parse<double>(fields[3]) + Parse<double>(fields[6]) + Parse<double>(fields[7])) / TicksPerSecond;
    }

    private static T Parse<T>(string text) where T : IParsable<T> => T.Parse(text, CultureInfo.InvariantCulture);
}
