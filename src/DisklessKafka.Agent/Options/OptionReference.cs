using System.Text;

namespace DisklessKafka.Agent.Options;

/// <summary>Writes the reference page of the agent's options from their table, so that the page cannot lie.</summary>
public static class OptionReference
{
    public static string Page()
    {
        var page = new StringBuilder();
        page.Append("# Agent options\n\n")
            .Append("Every option can be given as a flag, in the environment, or as a key of a JSON file named by `--config FILE` (or `DISKLESS_CONFIG`). ")
            .Append("Flags win over the environment, the environment over the file, the file over the defaults. ")
            .Append("Times are written `250ms`, `30s`, `5m`, `1h`; sizes `512KiB`, `8MiB`, `2GiB` or in bytes.\n\n")
            .Append("This page is generated from the table that agents work with; a test compares the two.\n\n")
            .Append("| flag | environment | key in the file | default | meaning |\n| --- | --- | --- | --- | --- |\n");
        foreach (var option in AgentOption.All)
            page.Append($"| `{option.Flag} {option.Placeholder}` | `{option.EnvironmentVariable}` | `\"{option.Name}\"` | {option.Default} | {option.Help.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        page.Append("\n`set` gathers Kafka broker settings ([which](broker-configs.md)): repeat the flag, separate with `;` in the environment, write an object in the file.\n\n")
            .Append("```json\n{\n  \"listen\": \"0.0.0.0:9092\",\n  \"advertise\": \"kafka.example.com:9092\",\n  \"zone\": \"eu-central-1a\",\n")
            .Append("  \"objects\": \"s3://my-bucket/cluster-1?region=eu-central-1\",\n  \"metadata\": \"postgres://diskless:secret@db.example.com:5432/diskless\",\n")
            .Append("  \"flush-interval\": \"250ms\",\n  \"set\": { \"num.partitions\": 6, \"auto.create.topics.enable\": false }\n}\n```\n");
        return page.ToString();
    }
}
