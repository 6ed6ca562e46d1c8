using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>The message that is being emitted: conditions on its versions and the types it defines.</summary>
internal sealed class MessageContext
{
    private readonly Dictionary<string, Struct> _types;

    public MessageContext(Message message)
    {
        Message = message;
        _types = message.Types.ToDictionary(type => type.Name, StringComparer.Ordinal);
    }

    public Message Message { get; }

    public Struct TypeOf(Field field) => _types[field.StructName];

    /// <summary>The condition under which the version lies in the range; null where it always does.</summary>
    public string? When(VersionRange range)
    {
        var within = range.Intersect(Message.Versions);
        if (within.Covers(Message.Versions)) return null;
        if (within.Min == within.Max) return $"version == {within.Min}";
        if (within.Min <= Message.Versions.Min) return $"version <= {within.Max}";
        if (within.Max >= Message.Versions.Max) return $"version >= {within.Min}";
        return $"version is >= {within.Min} and <= {within.Max}";
    }

    /// <summary>Condition of a field's presence.</summary>
    public string? WhenPresent(Field field) => When(field.Versions);

    public bool IsNullable(Field field) => !field.Nullable.Intersect(Message.Versions).IsEmpty;

    /// <summary>True where the field may be null in every version that has it.</summary>
    public bool IsAlwaysNullable(Field field) => field.Nullable.Covers(field.Versions.Intersect(Message.Versions));

    /// <summary>The condition under which the field may be null, known to be present.</summary>
    public string WhenNullable(Field field) => When(field.Nullable) ?? "true";

    /// <summary>The argument that says whether lengths are compact: a constant wherever it can be.</summary>
    public string Flexible(Field? field = null)
    {
        if (field is { IsClassic: true } || Message.IsNeverFlexible) return "false";
        return Message.IsAlwaysFlexible ? "true" : "flexible";
    }

    /// <summary>The local that <see cref="Flexible"/> names, or null where it is constant.</summary>
    public string? FlexibleLocal =>
        Message.IsNeverFlexible || Message.IsAlwaysFlexible ? null : $"var flexible = version >= {Message.Flexible.Min};";
}
