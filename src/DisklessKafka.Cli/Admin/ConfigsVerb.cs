using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Tells and changes the settings of a topic, a broker or a group.</summary>
internal static class ConfigsVerb
{
    private const short DescribeVersion = 4, AlterVersion = 1;
    private const sbyte Topic = 2, Broker = 4, Group = 32;
    private const sbyte Set = 0, Delete = 1;
    private const sbyte Default = 5;

    /// <summary>Every setting that is not Kafka's default, or with <paramref name="all"/> every one there is.</summary>
    public static async Task<Report> DescribeAsync(AdminClient client, string kind, string name, bool all)
    {
        var response = await client.SendAsync(
            new DescribeConfigsRequest { Resources = [new() { ResourceType = TypeOf(kind), ResourceName = name, ConfigurationKeys = null }] }, DescribeVersion);
        var result = response.Results[0];
        result.ErrorCode.ThrowUnlessNone($"{kind} {name}", result.ErrorMessage);
        return Report.Of(
            [
                .. result.Configs.Where(config => all || config.ConfigSource != Default).OrderBy(config => config.Name, StringComparer.Ordinal)
                    .Select(config => new Setting(config.Name, config.IsSensitive ? null : config.Value, config.IsSensitive, config.ConfigSource == Default)),
            ],
            setting => $"{setting.Name}={(setting.IsSensitive ? "(hidden)" : setting.Value)}");
    }

    /// <summary>All changes take place, or none.</summary>
    public static async Task AlterAsync(AdminClient client, string kind, string name, IReadOnlyList<(string Key, string Value)> set, IReadOnlyList<string> delete)
    {
        if (set.Count + delete.Count == 0) throw new AdminException("nothing to change; write --set KEY=VALUE or --delete KEY");
        var response = await client.SendAsync(
            new IncrementalAlterConfigsRequest
            {
                Resources =
                [
                    new()
                    {
                        ResourceType = TypeOf(kind), ResourceName = name,
                        Configs =
                        [
                            .. set.Select(pair => new IncrementalAlterConfigsRequest.AlterableConfig { Name = pair.Key, ConfigOperation = Set, Value = pair.Value }),
                            .. delete.Select(key => new IncrementalAlterConfigsRequest.AlterableConfig { Name = key, ConfigOperation = Delete }),
                        ],
                    },
                ],
            }, AlterVersion);
        response.Responses[0].ErrorCode.ThrowUnlessNone($"{kind} {name}", response.Responses[0].ErrorMessage);
        Console.WriteLine($"altered {kind} {name}");
    }

    private static sbyte TypeOf(string kind) => kind switch
    {
        "topic" => Topic,
        "broker" => Broker,
        "group" => Group,
        _ => throw new AdminException($"{kind} has no settings; write topic, broker or group"),
    };

    private sealed record Setting(string Name, string? Value, bool IsSensitive, bool IsDefault);
}
