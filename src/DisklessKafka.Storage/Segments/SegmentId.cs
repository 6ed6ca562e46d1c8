using System.Globalization;

namespace DisklessKafka.Storage.Segments;

/// <summary>
/// Which segment: its writer's session and a number that the session never uses twice. The key says both, so that
/// the objects of a dead session can be told from those that a commit may still name.
/// </summary>
public readonly record struct SegmentId(Guid Session, long Sequence)
{
    /// <summary>All segments' keys begin with this.</summary>
    public const string KeyPrefix = "segments/";

    private const int SessionLetters = 32, SequenceDigits = 20;

    /// <summary><c>segments/&lt;session, 32 hexadecimal digits&gt;/&lt;sequence, 20 digits&gt;</c>: a session's keys sort by sequence.</summary>
    public string ObjectKey => string.Create(CultureInfo.InvariantCulture, $"{KeyPrefix}{Session:N}/{Sequence:D20}");

    /// <summary>What the keys of one session's segments begin with.</summary>
    public static string KeyPrefixOf(Guid session) => string.Create(CultureInfo.InvariantCulture, $"{KeyPrefix}{session:N}/");

    /// <returns>False if no segment has this key; only the one spelling that <see cref="ObjectKey"/> gives is taken.</returns>
    public static bool TryParse(string key, out SegmentId id)
    {
        id = default;
        if (key.Length != KeyPrefix.Length + SessionLetters + 1 + SequenceDigits || !key.StartsWith(KeyPrefix, StringComparison.Ordinal)) return false;
        var session = key.AsSpan(KeyPrefix.Length, SessionLetters);
        var sequence = key.AsSpan(KeyPrefix.Length + SessionLetters + 1);
        if (!Guid.TryParseExact(session, "N", out var guid)
            || !long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        id = new SegmentId(guid, number);
        return string.Equals(id.ObjectKey, key, StringComparison.Ordinal);
    }

    public override string ToString() => ObjectKey;
}
