using System.Buffers.Binary;

namespace DisklessKafka.Chaos.Load;

/// <summary>A load record's value: its unique number, then filler that follows from it, so that damage shows.</summary>
internal static class LoadRecord
{
    private const int ShortestFiller = 16, FillerSpread = 700;

    public static byte[] Encode(long value)
    {
        var bytes = new byte[sizeof(long) + ShortestFiller + FillerOf(value, FillerSpread)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        bytes.AsSpan(sizeof(long)).Fill((byte)FillerOf(value, byte.MaxValue));
        return bytes;
    }

    /// <exception cref="FormatException">These are not the bytes of any load record.</exception>
    public static long Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= sizeof(long))
        {
            var value = BinaryPrimitives.ReadInt64BigEndian(bytes);
            if (bytes.Length == sizeof(long) + ShortestFiller + FillerOf(value, FillerSpread) && !bytes[sizeof(long)..].ContainsAnyExcept((byte)FillerOf(value, byte.MaxValue)))
                return value;
        }

        throw new FormatException($"a record's value was damaged: {Convert.ToHexString(bytes)}");
    }

    private static int FillerOf(long value, int below) => (int)((ulong)(value * 6_364_136_223_846_793_005) >> 33) % below;
}
