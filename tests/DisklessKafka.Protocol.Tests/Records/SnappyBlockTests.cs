using System.Text;
using DisklessKafka.Protocol.Records.Codecs;
using Xunit;

namespace DisklessKafka.Protocol.Tests.Records;

/// <summary>Single elements, those included that encoders seldom write.</summary>
public sealed class SnappyBlockTests
{
    [Theory]
    [InlineData("04", "0C61626364", "abcd")]                                        // literal
    [InlineData("04", "F00361626364", "abcd")]                                      // its length in a byte of its own
    [InlineData("04", "FC0300000061626364", "abcd")]                                // in four
    [InlineData("08", "0C61626364" + "0104", "abcdabcd")]                           // copy, offset of 11 bits
    [InlineData("08", "0C61626364" + "0E0400", "abcdabcd")]                         // of 16
    [InlineData("08", "0C61626364" + "0F04000000", "abcdabcd")]                     // of 32
    [InlineData("0A", "0061" + "220100", "aaaaaaaaaa")]                             // overlapping what it writes
    [InlineData("0A", "086162" + "63" + "1A0300", "abcabcabca")]
    [InlineData("00", "", "")]
    public void An_element_decodes_to_what_the_format_says(string length, string elements, string expected)
    {
        var decoded = Decode(length + elements);
        Assert.NotNull(decoded);
        Assert.Equal(expected, Encoding.ASCII.GetString(decoded));
    }

    [Theory]
    [InlineData("04", "0C616263")]              // a literal that ends early
    [InlineData("03", "0C61626364")]            // one longer than the content
    [InlineData("05", "0C61626364")]            // content that ends early
    [InlineData("08", "0C61626364" + "0100")]   // offset zero
    [InlineData("08", "0C61626364" + "0105")]   // offset in front of the start
    [InlineData("08", "0C61626364" + "0FFFFFFFFF")]
    [InlineData("06", "0C61626364" + "0104")]   // a copy beyond the content
    [InlineData("08", "0C61626364" + "0E04")]   // an offset that ends early
    [InlineData("04", "FCFFFFFFFF61626364")]    // a literal of 4 GiB
    [InlineData("04", "F0")]                    // a length that ends early
    public void A_malformed_element_is_refused(string length, string elements) => Assert.Null(Decode(length + elements));

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("FFFFFFFFFF")]
    [InlineData("FFFFFFFF0F00")]
    [InlineData("C80100")] // 200 bytes in three
    public void A_length_that_cannot_be_is_refused(string block) =>
        Assert.False(SnappyBlock.TryReadLength(Convert.FromHexString(block), out _, out _));

    [Fact]
    public void A_missing_library_is_explained()
    {
        var why = NativeLibraries.WhyUnavailable("zstd-that-nobody-has");
        Assert.NotNull(why);
        Assert.Contains("libzstd-that-nobody-has.so.1", why, StringComparison.Ordinal);
        Assert.Contains("Debian", why, StringComparison.Ordinal);
    }

    private static byte[]? Decode(string hex)
    {
        var block = Convert.FromHexString(hex);
        if (!SnappyBlock.TryReadLength(block, out var length, out var prefixBytes)) return null;
        var decoded = new byte[length];
        return SnappyBlock.TryDecode(block.AsSpan(prefixBytes), decoded) ? decoded : null;
    }
}
