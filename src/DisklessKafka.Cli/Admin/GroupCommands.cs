using System.CommandLine;

namespace DisklessKafka.Cli.Admin;

/// <summary>The verbs about groups and their flags.</summary>
internal static class GroupCommands
{
    public static Command Groups() => new("groups", "Lists, describes and deletes groups of consumers, and moves or deletes what they have committed")
    {
        AdminVerb.Telling("list", "Lists all groups, with their states", GroupsVerb.ListAsync),
        AdminVerb.Telling("describe", "Tells a group's members, what they are assigned, committed offsets and lag", "GROUP", GroupsVerb.DescribeAsync),
        AdminVerb.Doing("delete", "Deletes a group without members, and what it has committed", "GROUP", GroupsVerb.DeleteAsync),
        ResetOffsets(),
        DeleteOffsets(),
    };

    private static Command ResetOffsets()
    {
        var group = new Argument<string>("GROUP") { Description = "One without members; it need not be there yet" };
        var topics = Parts.Topics(isRequired: true);
        var earliest = new Option<bool>("--to-earliest") { Description = "To the oldest record" };
        var latest = new Option<bool>("--to-latest") { Description = "Behind the newest record" };
        var offset = Parts.Number("--to-offset", "To this offset, or the nearest there is", 0);
        var time = new Option<DateTimeOffset?>("--to-datetime")
        {
            HelpName = "ISO", Description = "To the first record from that time on: 2025-12-31T23:59:59, in UTC unless it ends with an offset like +02:00",
            CustomParser = result =>
            {
                if (OffsetTarget.TryParseTime(result.Tokens[0].Value, out var parsed)) return parsed;
                result.AddError($"--to-datetime {result.Tokens[0].Value}: write a time like 2025-12-31T23:59:59 or 2025-12-31T23:59:59.000+02:00");
                return null;
            },
        };
        var shift = Parts.Number("--shift-by", "By so many offsets from where it is, backwards if negative", long.MinValue);
        var execute = new Option<bool>("--execute") { Description = "Does it; otherwise it is only told what would be done" };
        return AdminVerb.Telling(
            "reset-offsets", "Moves what a group has committed, so that it reads on from another place", [group, topics, earliest, latest, offset, time, shift, execute],
            (client, parsed) => OffsetsVerb.ResetAsync(client, parsed.GetValue(group)!, parsed.GetValue(topics)!, Target(parsed), parsed.GetValue(execute)))
            .WithOneOf(earliest, latest, offset, time, shift);

        OffsetTarget Target(ParseResult parsed) =>
            parsed.GetValue(offset) is { } wanted ? OffsetTarget.At(wanted)
            : parsed.GetValue(time) is { } since ? OffsetTarget.Since(since)
            : parsed.GetValue(shift) is { } by ? OffsetTarget.Shifted(by)
            : parsed.GetValue(latest) ? OffsetTarget.Latest : OffsetTarget.Earliest;
    }

    private static Command DeleteOffsets()
    {
        var group = new Argument<string>("GROUP");
        var topics = Parts.Topics(isRequired: true);
        return AdminVerb.Doing(
            "delete-offsets", "Forgets what a group has committed for topics that it no longer reads", [group, topics],
            (client, parsed) => OffsetsVerb.DeleteAsync(client, parsed.GetValue(group)!, parsed.GetValue(topics)!));
    }
}
