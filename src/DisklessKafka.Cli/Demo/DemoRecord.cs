using System.Globalization;
using System.Text;

namespace DisklessKafka.Cli.Demo;

/// <summary>What the demo sends: a readable line with its place in its partition and its birth, filled up with noise that does not compress.</summary>
internal static class DemoRecord
{
    public const int Bytes = 1024;

    /// <param name="madeAt">As <see cref="TimeProvider.GetTimestamp"/> counts.</param>
    public static byte[] Make(int partition, long number, long madeAt, ReadOnlySpan<byte> noise)
    {
        var value = new byte[Bytes];
        var text = string.Create(CultureInfo.InvariantCulture, $"{number} {madeAt} record {number} of partition {partition} ");
        var written = Encoding.ASCII.GetBytes(text, value);
        noise[written..Bytes].CopyTo(value.AsSpan(written));
        return value;
    }

    public static (long Number, long MadeAt) Read(ReadOnlySpan<byte> value)
    {
        var first = value.IndexOf((byte)' ');
        var second = first + 1 + value[(first + 1)..].IndexOf((byte)' ');
        return (long.Parse(value[..first], CultureInfo.InvariantCulture), long.Parse(value[(first + 1)..second], CultureInfo.InvariantCulture));
    }
}
