namespace DisklessKafka.Metadata.State;

/// <summary>What a topic may look like: Kafka's rules.</summary>
public static class TopicRules
{
    public const int MaxNameLength = 249;

    /// <summary>Of one topic. Kafka has no limit; a command that asks for two billion must not end every agent.</summary>
    public const int MaxPartitions = 100_000;

    public static bool IsValidName(string name)
    {
        if (name.Length is 0 or > MaxNameLength || name is "." or "..") return false;
        foreach (var letter in name)
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-'))
                return false;
        return true;
    }

    /// <summary>Names that are equal in this form cannot both exist.</summary>
    public static string CollisionForm(string name) => name.Replace('.', '_');
}
