using System.Text;

namespace DisklessKafka.Protocol.Generator.Parsing;

/// <summary>Spelling of names in schemas and in C#.</summary>
internal static class Names
{
    /// <summary><c>topic_data</c> and <c>TOPIC_DATA</c> become <c>TopicData</c>.</summary>
    public static string Pascal(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var part in name.Split('_'))
        {
            if (part.Length == 0) continue;
            text.Append(char.ToUpperInvariant(part[0])).Append(part.Substring(1).ToLowerInvariant());
        }

        return text.ToString();
    }

    public static bool IsField(string name) =>
        name.Length > 0 && name[0] is >= 'a' and <= 'z' && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');

    public static bool IsType(string name) =>
        name.Length > 0 && name[0] is >= 'A' and <= 'Z' && name.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'));

    public static bool IsError(string name) =>
        name.Length > 0 && name[0] is >= 'A' and <= 'Z' && name.All(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_');
}
