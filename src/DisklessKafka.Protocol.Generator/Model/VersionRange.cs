using System.Globalization;

namespace DisklessKafka.Protocol.Generator.Model;

/// <summary>Versions from <see cref="Min"/> to <see cref="Max"/>, both included; <see cref="Open"/> stands for "and all later ones".</summary>
internal readonly record struct VersionRange(int Min, int Max)
{
    public const int Open = short.MaxValue;

    public static readonly VersionRange None = new(0, -1);
    public static readonly VersionRange All = new(0, Open);

    public bool IsEmpty => Max < Min;

    public bool IsOpen => Max == Open;

    public bool Covers(VersionRange other) => other.IsEmpty || (Min <= other.Min && other.Max <= Max);

    public VersionRange Intersect(VersionRange other) => new(Math.Max(Min, other.Min), Math.Min(Max, other.Max));

    /// <summary>Reads <c>v3-12</c>, <c>v13+</c> or <c>v7</c>.</summary>
    public static bool TryParse(string text, out VersionRange range)
    {
        range = None;
        if (text.Length < 2 || text[0] != 'v') return false;
        var body = text.Substring(1);
        if (body.EndsWith("+", StringComparison.Ordinal))
        {
            if (!TryNumber(body.Substring(0, body.Length - 1), out var from)) return false;
            range = new VersionRange(from, Open);
            return true;
        }

        var dash = body.IndexOf('-');
        if (!TryNumber(dash < 0 ? body : body.Substring(0, dash), out var min)) return false;
        var max = min;
        if (dash >= 0 && !TryNumber(body.Substring(dash + 1), out max)) return false;
        range = new VersionRange(min, max);
        return !range.IsEmpty;
    }

    public override string ToString() => IsOpen ? $"v{Min}+" : Min == Max ? $"v{Min}" : $"v{Min}-{Max}";

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Open;
}
