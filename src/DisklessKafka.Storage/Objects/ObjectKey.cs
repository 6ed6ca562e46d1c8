using System.Buffers;

namespace DisklessKafka.Storage.Objects;

/// <summary>
/// What may be a key. One rule for every store, so that a key which one of them takes is taken by all, means the same
/// object in all, and sorts the same in all. Keys are made by this program and never by users, so the rule is narrow:
/// parts of 1 to 200 printable ASCII characters joined by '/', no part beginning with a dot, 900 characters in all.
/// </summary>
/// <remarks>
/// ASCII makes .NET's ordinal order, S3's UTF-8 order and a file system's bytes one and the same. The lengths leave room
/// under S3's 1024 and a file name's 255 bytes for the store's own prefix. No leading dot means no way out of a folder,
/// and room for a store's private files beside the objects.
/// </remarks>
public static class ObjectKey
{
    public const int MaxLength = 900;
    public const int MaxPartLength = 200;

    private static readonly SearchValues<char> Allowed = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(c => (char)c)]);

    /// <exception cref="ArgumentException">Says which part of the rule the key breaks.</exception>
    public static void Validate(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (Problem(key) is { } problem)
            throw new ArgumentException($"object key '{key}' {problem}", nameof(key));
    }

    /// <summary>A listing's prefix may be empty and may end anywhere in a key, but must be able to begin one.</summary>
    /// <exception cref="ArgumentException">No key can begin like this.</exception>
    public static void ValidatePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var start = prefix.EndsWith('/') ? prefix[..^1] : prefix;
        if (prefix.Length > 0 && Problem(start) is { } problem)
            throw new ArgumentException($"object key prefix '{prefix}' {problem}", nameof(prefix));
    }

    /// <returns>Null if the key is fine, else the end of a sentence that begins with it.</returns>
    internal static string? Problem(ReadOnlySpan<char> key)
    {
        if (key.Length > MaxLength)
            return $"is longer than {MaxLength} characters";
        if (key.ContainsAnyExcept(Allowed))
            return "holds a character that is not printable ASCII";
        foreach (var part in key.Split('/'))
        {
            if (PartProblem(key[part]) is { } problem)
                return problem;
        }

        return null;
    }

    private static string? PartProblem(ReadOnlySpan<char> part) => part switch
    {
        [] => "begins or ends with '/', or has two in a row",
        ['.', ..] => "has a part that begins with a dot",
        { Length: > MaxPartLength } => $"has a part longer than {MaxPartLength} characters",
        _ => null,
    };
}
