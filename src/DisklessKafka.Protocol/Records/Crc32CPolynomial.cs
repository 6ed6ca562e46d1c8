namespace DisklessKafka.Protocol.Records;

/// <summary>
/// Arithmetic on polynomials over GF(2) modulo the Castagnoli polynomial, bit-reversed as CRC-32C has them:
/// the highest bit is the coefficient of x^0.
/// </summary>
internal static class Crc32CPolynomial
{
    private const uint Modulus = 0x82F63B78;
    private const uint One = 0x80000000;
    private const uint X8 = One >> 8;

    /// <summary>What a CRC register becomes when <paramref name="zeroBytes"/> zero bytes pass through it.</summary>
    public static uint Shift(uint state, long zeroBytes) => Multiply(state, PowerOfX(zeroBytes));

    /// <summary>x to the power of eight times <paramref name="bytes"/>.</summary>
    public static uint PowerOfX(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var power = One;
        for (var square = X8; bytes != 0; bytes >>= 1, square = Multiply(square, square))
        {
            if ((bytes & 1) != 0) power = Multiply(power, square);
        }
        return power;
    }

    private static uint Multiply(uint a, uint b)
    {
        var product = 0u;
        for (; a != 0; a <<= 1)
        {
            if ((a & One) != 0) product ^= b;
            b = (b >> 1) ^ (Modulus & (0u - (b & 1)));
        }
        return product;
    }
}
