namespace DisklessKafka.Protocol.Generator.Model;

internal enum MessageKind
{
    Request,
    Response,

    /// <summary>Bytes that travel inside other messages or in the metadata log.</summary>
    Data,

    /// <summary>What stands in front of requests and responses.</summary>
    Header,
}

/// <summary>Where something stands in a schema; both numbers count from 0.</summary>
internal readonly record struct Place(int Line, int Column, int Length);

/// <summary>A field as the schema gives it.</summary>
/// <param name="Name">In C#: Kafka's own spelling.</param>
/// <param name="StructName">The type's name where <paramref name="Type"/> is <see cref="WireType.Struct"/>.</param>
/// <param name="Nullable">Versions in which the value may be null; empty when it never may.</param>
/// <param name="Tag">Its number in the tag section, or -1 for a field in the fixed order.</param>
/// <param name="Default">The literal, or null where the schema gives none.</param>
/// <param name="IsSecret">Never printed.</param>
/// <param name="IsClassic">Keeps the fixed-width length also in flexible versions.</param>
internal sealed record Field(
    string Name,
    WireType Type,
    string StructName,
    bool IsArray,
    VersionRange Versions,
    VersionRange Nullable,
    int Tag,
    string? Default,
    bool IsSecret,
    bool IsClassic,
    string Doc,
    Place Place)
{
    public bool IsTagged => Tag >= 0;
}

/// <summary>A type that a schema defines. Value types become C# structs held in arrays, for the hot paths.</summary>
internal sealed record Struct(string Name, bool IsValueType, EquatableArray<Field> Fields, string Doc, Place Place);

/// <summary>A message: its own fields in <paramref name="Root"/> and every type they use in <paramref name="Types"/>.</summary>
/// <param name="ApiName">The API's name for requests and responses, else empty.</param>
/// <param name="ApiKey">-1 for messages that belong to no API.</param>
/// <param name="Flexible">Versions with compact lengths and tagged fields.</param>
/// <param name="Unstable">Versions that are defined but not to be offered yet.</param>
internal sealed record Message(
    MessageKind Kind,
    string ApiName,
    int ApiKey,
    VersionRange Versions,
    VersionRange Flexible,
    VersionRange Unstable,
    Struct Root,
    EquatableArray<Struct> Types)
{
    public string Name => Root.Name;

    public bool IsAlwaysFlexible => Flexible.Covers(Versions);

    public bool IsNeverFlexible => Flexible.Intersect(Versions).IsEmpty;
}

/// <summary>One row of the error table.</summary>
internal sealed record Error(string KafkaName, string Name, int Code, bool IsRetriable, string Doc, Place Place);

/// <summary>Why an API answers an error.</summary>
internal sealed record ErrorCause(string ApiName, string KafkaName, string Doc, Place Place);

/// <summary>Something wrong in a schema.</summary>
internal sealed record Problem(string Text, string Path, Place Place);

/// <summary>One parsed schema file.</summary>
internal sealed record SchemaFile(
    string Path,
    string Namespace,
    EquatableArray<Message> Messages,
    EquatableArray<Error> Errors,
    EquatableArray<ErrorCause> Causes,
    EquatableArray<Problem> Problems);
