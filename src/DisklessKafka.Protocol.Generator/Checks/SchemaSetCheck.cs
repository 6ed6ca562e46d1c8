using System.Collections.Immutable;
using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Checks;

/// <summary>What of a file the other files' checks need: no more, so that editing a field disturbs no other file.</summary>
internal sealed record FileSummary(string Path, EquatableArray<MessageSummary> Messages, EquatableArray<Error> Errors, EquatableArray<ErrorCause> Causes)
{
    public static FileSummary Of(SchemaFile file) => new(
        file.Path,
        new(file.Messages.Select(message => new MessageSummary(
            message.Kind, file.Namespace + "." + message.Name, message.ApiName, message.ApiKey,
            message.Versions, message.Flexible, message.Unstable, message.Root.Place))),
        file.Errors,
        file.Causes);
}

/// <summary>A message without its fields.</summary>
internal sealed record MessageSummary(
    MessageKind Kind, string FullName, string ApiName, int ApiKey, VersionRange Versions, VersionRange Flexible, VersionRange Unstable, Place Place);

/// <summary>What must hold between files.</summary>
internal static class SchemaSetCheck
{
    public static IEnumerable<Problem> Run(ImmutableArray<FileSummary> files)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var keys = new Dictionary<int, string>();
        var errors = new HashSet<string>(files.SelectMany(file => file.Errors).Select(error => error.KafkaName), StringComparer.Ordinal);
        var apis = new HashSet<string>(files.SelectMany(file => file.Messages).Select(message => message.ApiName), StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var message in file.Messages)
            {
                if (!names.Add(message.FullName)) yield return new Problem($"{message.FullName} is defined twice", file.Path, message.Place);
                if (message.Kind != MessageKind.Request) continue;
                if (keys.TryGetValue(message.ApiKey, out var other))
                    yield return new Problem($"API key {message.ApiKey} already belongs to {other}", file.Path, message.Place);
                else keys.Add(message.ApiKey, message.ApiName);
                if (!file.Messages.Any(response => response.Kind == MessageKind.Response && response.ApiName == message.ApiName))
                    yield return new Problem($"request {message.ApiName} has no response in this file", file.Path, message.Place);
            }

            foreach (var cause in file.Causes)
            {
                if (!errors.Contains(cause.KafkaName)) yield return new Problem($"the error table has no {cause.KafkaName}", file.Path, cause.Place);
                if (!apis.Contains(cause.ApiName)) yield return new Problem($"there is no API {cause.ApiName}", file.Path, cause.Place);
            }
        }

        foreach (var problem in RepeatedErrors(files)) yield return problem;
    }

    private static IEnumerable<Problem> RepeatedErrors(ImmutableArray<FileSummary> files)
    {
        var codes = new HashSet<int>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var error in file.Errors)
            {
                if (!names.Add(error.KafkaName)) yield return new Problem($"{error.KafkaName} is defined twice", file.Path, error.Place);
                if (!codes.Add(error.Code)) yield return new Problem($"code {error.Code} is defined twice", file.Path, error.Place);
            }
        }
    }
}
