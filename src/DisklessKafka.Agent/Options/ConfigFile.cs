using System.Text.Json;

namespace DisklessKafka.Agent.Options;

/// <summary>Reads the config file: one JSON object whose keys are the options' names. Comments and trailing commas are fine.</summary>
internal static class ConfigFile
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="OptionException">The file cannot be read, is not such an object, or names an unknown option.</exception>
    public static List<GivenOption> Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new OptionException($"config file {path}: write one JSON object, for example {{ \"listen\": \"0.0.0.0:9092\" }}");
            return [.. document.RootElement.EnumerateObject().SelectMany(property => Options(path, property))];
        }
        catch (JsonException e)
        {
            throw new OptionException($"config file {path}: not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OptionException($"config file {path}: {e.Message}");
        }
    }

    private static IEnumerable<GivenOption> Options(string path, JsonProperty property)
    {
        var where = $"config file {path}: {property.Name}";
        if (AgentOption.Find(property.Name) is not { } option)
            throw new OptionException($"{where} is not an option{Spelling.Suggest(property.Name, AgentOption.All.Select(known => known.Name))}");
        if (option.Name != AgentOption.Settings) return [new(option, Text(where, property.Value), where)];
        if (property.Value.ValueKind != JsonValueKind.Object)
            throw new OptionException($"{where}: write an object of Kafka broker settings, for example {{ \"num.partitions\": 3 }}");
        return [.. property.Value.EnumerateObject().Select(setting => new GivenOption(option, $"{setting.Name}={Text(where, setting.Value)}", where))];
    }

    private static string Text(string where, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw new OptionException($"{where}: write a string, a number, true or false"),
    };
}
