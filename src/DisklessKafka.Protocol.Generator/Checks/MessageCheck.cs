using DisklessKafka.Protocol.Generator.Model;
using DisklessKafka.Protocol.Generator.Parsing;

namespace DisklessKafka.Protocol.Generator.Checks;

/// <summary>What must hold within one message, so that the emitters need no questions.</summary>
internal static class MessageCheck
{
    public static void Run(Message message, ProblemList problems)
    {
        if (!message.Unstable.IsEmpty && message.Unstable.Min <= message.Versions.Min)
            problems.Add(message.Root.Place, "the first version cannot be unstable: nothing would be left to offer");

        TypeCheck.Run(message, problems);
        foreach (var type in message.Types.Concat([message.Root]))
        {
            CheckNames(type, problems);
            CheckTags(type, problems);
            foreach (var field in type.Fields) CheckField(message, type, field, problems);
        }
    }

    private static void CheckNames(Struct type, ProblemList problems)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in type.Fields)
        {
            if (!names.Add(field.Name)) problems.Add(field.Place, $"{type.Name} already has a field {field.Name}");
            if (field.Name == type.Name) problems.Add(field.Place, $"a field cannot bear its type's name; call the type {type.Name}Data");
        }
    }

    /// <summary>Tags count up from 0 without gaps: a number that was skipped would be a field that nobody knows.</summary>
    private static void CheckTags(Struct type, ProblemList problems)
    {
        var expected = 0;
        foreach (var field in type.Fields.Where(field => field.IsTagged).OrderBy(field => field.Tag))
        {
            if (field.Tag != expected) problems.Add(field.Place, $"the tags of {type.Name} must be 0, 1, 2 …; expected {expected}");
            expected = field.Tag + 1;
        }
    }

    private static void CheckField(Message message, Struct type, Field field, ProblemList problems)
    {
        var versions = field.Versions.Intersect(message.Versions);
        if (versions.IsEmpty) problems.Add(field.Place, $"{field.Name} exists in no version of {message.Name} ({message.Versions})");
        if (!field.Versions.Covers(field.Nullable)) problems.Add(field.Place, $"{field.Name} cannot be null where it does not exist");
        if (!field.Nullable.IsEmpty && !field.IsArray && !WireTypes.CanBeNull(field.Type))
            problems.Add(field.Place, $"the wire has no null for {field.Name}'s type");
        if (field.IsTagged && !message.Flexible.Covers(versions))
            problems.Add(field.Place, $"{field.Name} is tagged, so it can exist in flexible versions only ({message.Flexible})");
        if (field is { IsTagged: true, Type: WireType.Records })
            problems.Add(field.Place, "records cannot be tagged");
        if (field is { IsTagged: true, Type: WireType.Struct, IsArray: false, Nullable.IsEmpty: false })
            problems.Add(field.Place, "a tagged struct is null where it is absent; it needs no '?'");
        if (field is { IsArray: true, Type: WireType.Records })
            problems.Add(field.Place, "records cannot stand in an array");
        if (field.IsClassic && !field.IsArray && !WireTypes.IsLengthPrefixed(field.Type))
            problems.Add(field.Place, "'classic' is about the width of a length, and this type has none");
        if (type.IsValueType && field.Type == WireType.Records)
            problems.Add(field.Place, "a value type cannot hold records");
        if (field.Default is not null && Defaults.Problem(field) is { } text) problems.Add(field.Place, text);
    }
}
