using System.Globalization;
using System.Text;

namespace DisklessKafka.Compatibility.Tests.Kill;

/// <summary>What a load record's value looks like: its name, then filler that follows from the name, so that damage shows.</summary>
internal static class LoadRecord
{
    private const int LongestFiller = 800;

    public static byte[] Encode(RecordName name)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{name.Producer}:{name.Partition}:{name.Number}:");
        return Encoding.ASCII.GetBytes(head + Filler(name));
    }

    /// <exception cref="FormatException">These are not the bytes of any load record.</exception>
    public static RecordName Decode(ReadOnlySpan<byte> value)
    {
        var text = Encoding.ASCII.GetString(value);
        var parts = text.Split(':', 4);
        if (parts.Length == 4
            && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var producer)
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var partition)
            && long.TryParse(parts[2], CultureInfo.InvariantCulture, out var number)
            && parts[3] == Filler(new RecordName(producer, partition, number)))
        {
            return new RecordName(producer, partition, number);
        }

        throw new FormatException($"a record's value was damaged: '{text}'");
    }

    private static string Filler(RecordName name)
    {
        var seed = HashCode(name);
        return new string((char)('a' + (seed % 26)), (int)(seed % LongestFiller));
    }

    /// <summary>Stable over processes, unlike <see cref="object.GetHashCode"/>.</summary>
    private static uint HashCode(RecordName name) =>
        ((uint)name.Producer * 2_654_435_761u) ^ ((uint)name.Partition * 40_503u) ^ ((uint)name.Number * 2_246_822_519u);
}
