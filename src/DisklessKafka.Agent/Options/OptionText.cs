using System.Globalization;

namespace DisklessKafka.Agent.Options;

/// <summary>Reads and writes option values as people write them: 250ms, 30s, 8MiB.</summary>
public static class OptionText
{
    private static readonly (string Suffix, double Ms)[] DurationUnits = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1)];

    private static readonly (string Suffix, long Bytes)[] SizeUnits =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("", 1),
    ];

    /// <summary>A number with ms, s, m or h; without a unit: milliseconds.</summary>
    /// <exception cref="OptionException">Says what to write instead.</exception>
    public static TimeSpan Duration(string text, TimeSpan least, TimeSpan most)
    {
        foreach (var (suffix, ms) in DurationUnits)
            if (TryNumber(text, suffix, out var number))
                return number * ms >= least.TotalMilliseconds && number * ms <= most.TotalMilliseconds
                    ? TimeSpan.FromMilliseconds(number * ms)
                    : throw new OptionException($"must be from {Show(least)} to {Show(most)}");
        throw new OptionException($"write a time such as 250ms, 30s or 5m, from {Show(least)} to {Show(most)}");
    }

    /// <summary>A number with KiB, MiB, GiB, TiB, kB, MB, GB or TB; without a unit: bytes.</summary>
    /// <exception cref="OptionException">Says what to write instead.</exception>
    public static long Size(string text, long least, long most)
    {
        foreach (var (suffix, bytes) in SizeUnits)
            if (TryNumber(text, suffix, out var number))
                return number * bytes >= least && number * bytes <= most
                    ? (long)(number * bytes)
                    : throw new OptionException($"must be from {Show(least)} to {Show(most)}");
        throw new OptionException($"write a size such as 512KiB, 8MiB or 2GiB, from {Show(least)} to {Show(most)}");
    }

    /// <exception cref="OptionException">Says what to write instead.</exception>
    public static int Count(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new OptionException($"write a whole number from {least} to {most}");

    /// <exception cref="OptionException">Says what to write instead.</exception>
    public static T Choice<T>(string text) where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0])
            ? value
            : throw new OptionException("write one of " + string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant())));

    public static string Show(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.###}ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.###}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.###}h"),
    };

    public static string Show(long bytes)
    {
        foreach (var (suffix, unit) in SizeUnits.Take(4).Reverse())
            if (bytes >= unit && bytes % unit == 0)
                return $"{bytes / unit}{suffix}";
        return bytes.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryNumber(string text, string suffix, out double number)
    {
        number = 0;
        return text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            && double.TryParse(text.AsSpan(0, text.Length - suffix.Length).TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
