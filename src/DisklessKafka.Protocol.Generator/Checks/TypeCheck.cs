using DisklessKafka.Protocol.Generator.Model;
using DisklessKafka.Protocol.Generator.Parsing;

namespace DisklessKafka.Protocol.Generator.Checks;

/// <summary>Every type that is named is defined once, used, free of clashes and does not contain itself.</summary>
internal static class TypeCheck
{
    public static void Run(Message message, ProblemList problems)
    {
        var types = new Dictionary<string, Struct>(StringComparer.Ordinal);
        var fieldNames = new HashSet<string>(message.Root.Fields.Select(field => field.Name), StringComparer.Ordinal);
        foreach (var type in message.Types)
        {
            if (types.ContainsKey(type.Name)) problems.Add(type.Place, $"{type.Name} is defined twice");
            types[type.Name] = type;
            if (fieldNames.Contains(type.Name) || type.Name == message.Name)
                problems.Add(type.Place, $"{message.Name} has a member of that name; call the type {type.Name}Data");
            if (type.Fields.Count == 0) problems.Add(type.Place, $"{type.Name} has no fields");
        }

        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in message.Types.Concat([message.Root]).SelectMany(type => type.Fields).Where(field => field.Type == WireType.Struct))
        {
            used.Add(field.StructName);
            if (!types.TryGetValue(field.StructName, out var type)) problems.Add(field.Place, $"{field.StructName} is not defined in this message");
            else if (type.IsValueType && !field.IsArray) problems.Add(field.Place, "a value type can only stand in an array");
        }

        foreach (var type in message.Types)
        {
            if (!used.Contains(type.Name)) problems.Add(type.Place, $"no field is of type {type.Name}");
            if (Contains(type, type.Name, types, [])) problems.Add(type.Place, $"{type.Name} contains itself");
        }
    }

    private static bool Contains(Struct type, string name, Dictionary<string, Struct> types, HashSet<string> visited)
    {
        foreach (var field in type.Fields)
        {
            if (field.Type != WireType.Struct) continue;
            if (field.StructName == name) return true;
            if (visited.Add(field.StructName) && types.TryGetValue(field.StructName, out var inner) && Contains(inner, name, types, visited)) return true;
        }

        return false;
    }
}
