using System.Buffers;
using System.Buffers.Binary;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Protocol.Tests.Hostile;

/// <summary>
/// Lengths, counts and tags that lie. Each is refused as a format error, and before anything is allocated by it: the
/// tests measure what the reading thread allocated.
/// </summary>
public sealed class HostileLengthTests
{
    private const int LittleMemory = 64 << 10;

    [Fact]
    public void A_missing_client_id_is_null_and_a_length_below_minus_one_is_refused()
    {
        Assert.Null(ReadHeader("0000000000000001FFFF").ClientId);
        Refused(() => ReadHeader("0000000000000001FFFE"));
        Refused(() => ReadHeader("000000000000000100056162"));
    }

    [Theory]
    [InlineData("8080808008")]       // 2^31 tags
    [InlineData("FFFFFFFF0F")]       // 2^32 - 1 tags
    [InlineData("01")]               // one tag, but nothing follows
    [InlineData("010005")]           // a tag of 5 bytes that are not there
    [InlineData("01008080808008")]   // a tag of 2^31 bytes
    [InlineData("0200000000")]       // tag 0 twice
    [InlineData("0205000300")]       // tag 5, then tag 3
    [InlineData("02FFFFFFFF0F000000")] // a tag number of 2^32 - 1
    public void Hostile_tag_sections_are_refused(string tags) => Refused(() => ReadHeader("0012000300000001FFFF" + tags, version: 2));

    [Fact]
    public void Unknown_tags_are_skipped()
    {
        var header = ReadHeader("0012000300000001000161" + "02" + "0003AABBCC" + "E80701FF", version: 2);
        Assert.Equal("a", header.ClientId);
    }

    [Fact]
    public void Unknown_tags_are_skipped_at_every_level()
    {
        const string Unknown = "01" + "07" + "02" + "CAFE";    // one tag, number 7, two bytes
        var request = Read<ProduceRequest>(
            "00" + "0001" + "00000005" + "02" + "0274" + "02" + "00000003" + "03AABB" + Unknown + Unknown + Unknown, 9);
        Assert.Equal(5, request.TimeoutMs);
        Assert.Equal(3, request.TopicData[0].PartitionData[0].Index);
        Assert.Equal(2, request.TopicData[0].PartitionData[0].Records.Length);
    }

    [Fact]
    public void A_tag_that_a_version_does_not_know_yet_is_skipped()
    {
        // Produce's response has its first tag from version 10 on.
        Assert.Empty(Read<ProduceResponse>("01" + "00000000" + "01" + "00" + "01" + "01", 9).NodeEndpoints);
        Refused(() => Read<ProduceResponse>("01" + "00000000" + "01" + "00" + "01" + "02", 10));
    }

    [Fact]
    public void A_known_tag_must_be_as_long_as_it_says()
    {
        // Fetch v12: tag 0 is the cluster id, a nullable compact string; here it says 3 bytes and its text takes 2.
        const string Body = "FFFFFFFF" + "00000000" + "00000000" + "7FFFFFFF" + "00" + "00000000" + "FFFFFFFF" + "01" + "01" + "01";
        Assert.Equal("a", Read<FetchRequest>(Body + "0100020261", 12).ClusterId);
        Refused(() => Read<FetchRequest>(Body + "0100030261FF", 12));
        Refused(() => Read<FetchRequest>(Body + "0100010261", 12));
    }

    [Fact]
    public void Null_where_a_value_is_needed_is_refused()
    {
        Refused(() => Read<MetadataRequest>("FFFFFFFF", 0));                  // topics may be null from version 1 on
        Assert.Null(Read<MetadataRequest>("FFFFFFFF", 1).Topics);
        Refused(() => Read<SaslHandshakeRequest>("FFFF", 1));
        Refused(() => Read<ListGroupsRequest>("0000", 4));                     // states_filter as compact null
    }

    [Theory]
    [InlineData("FFFFFFFE")]   // -2
    [InlineData("80000000")]   // -2^31
    [InlineData("7FFFFFFF")]   // 2^31 - 1
    [InlineData("00000010")]   // 16 topics in no bytes
    public void Hostile_array_counts_are_refused(string count) => Refused(() => Read<MetadataRequest>(count, 1));

    [Theory]
    [InlineData("FFFFFFFF0F")]   // 2^32 - 2 elements
    [InlineData("8080808008")]   // 2^31 - 1 elements
    [InlineData("11")]           // 16 elements in no bytes
    public void Hostile_compact_counts_are_refused(string count) => Refused(() => Read<DescribeClusterResponse>("00000000000000" + "01" + "01" + "00000000" + count, 0));

    [Fact]
    public void A_count_that_passes_the_bytes_left_is_refused_by_the_memory_it_would_take()
    {
        // 8 MiB of zeros is 1.6 million JoinGroup protocols of five bytes each … claimed as empty structs of at least two.
        var bytes = new byte[8 << 20];
        var prefix = Convert.FromHexString("0001" + "61" + "00000000" + "00000000" + "0000" + "FFFF" + "0000");
        prefix.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(prefix.Length), (bytes.Length - prefix.Length - 4) / 6);
        var budget = 2L << 20;
        var allocated = AllocatedBy(() =>
        {
            var reader = new WireReader(new ReadOnlySequence<byte>(bytes), budget);
            JoinGroupRequest.Read(ref reader, 5);
        });
        Assert.True(allocated < budget + LittleMemory, $"{allocated} bytes were allocated");
    }

    [Fact]
    public void Nested_arrays_cannot_multiply_a_frame_past_the_budget()
    {
        // Every topic is an empty name with no partitions: 3 bytes on the wire, more than 100 in memory.
        var topics = 1 << 20;
        var bytes = new List<byte>(Convert.FromHexString("00" + "00000000" + "00000000"));
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteCount(topics, flexible: true);
        writer.WriteRaw(new byte[] { 1, 1, 0 });
        for (var i = 1; i < topics; i++) writer.WriteRaw(new byte[] { 1, 1, 0 });
        writer.WriteNoTags();
        writer.Flush();
        bytes.AddRange(buffer.WrittenSpan);
        bytes.RemoveRange(0, 9);
        var message = Convert.FromHexString("00" + "FFFF" + "00000000").Concat(bytes).ToArray();

        var allocated = AllocatedBy(() =>
        {
            var reader = new WireReader(message);
            ProduceRequest.Read(ref reader, 9);
        });
        Assert.True(allocated < (1 << 20) + (17L * message.Length), $"{allocated} bytes were allocated for {message.Length}");
    }

    [Fact]
    public void The_budget_of_a_large_frame_has_a_ceiling()
    {
        var bytes = new byte[40 << 20];
        Array.Fill(bytes, (byte)1);
        // A produce request of 13 million empty topics: 16 times its size would be 640 MiB.
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        writer.WriteCount(bytes.Length / 3, flexible: true);
        writer.Flush();
        var head = Convert.FromHexString("00" + "FFFF" + "00000000").Concat(buffer.WrittenSpan.ToArray()).ToArray();
        var frame = Segments.Of(head, bytes);
        var allocated = AllocatedBy(() =>
        {
            var reader = new WireReader(frame);
            ProduceRequest.Read(ref reader, 9);
        });
        Assert.True(allocated < LittleMemory, $"{allocated} bytes were allocated");
    }

    [Theory]
    [InlineData("808080808001")]   // six bytes
    [InlineData("FFFFFFFF1F")]     // five bytes, but more than 32 bits
    [InlineData("8080")]           // cut off
    public void Hostile_varints_are_refused(string hex) => Refused(() =>
    {
        var reader = new WireReader(Convert.FromHexString(hex));
        reader.ReadUnsignedVarint();
    });

    [Theory]
    [InlineData("8080808080808080808001")]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    public void Hostile_varlongs_are_refused(string hex) => Refused(() =>
    {
        var reader = new WireReader(Convert.FromHexString(hex));
        reader.ReadUnsignedVarlong();
    });

    [Theory]
    [InlineData("06616263")]        // 5 bytes of text, 3 are there
    [InlineData("FFFFFFFF07616263")]
    [InlineData("03C328")]          // not UTF-8
    [InlineData("04EDA080")]        // a surrogate
    [InlineData("03C080")]          // an overlong zero
    public void Hostile_compact_strings_are_refused(string hex) => Refused(() =>
    {
        var reader = new WireReader(Convert.FromHexString(hex));
        reader.ReadString(flexible: true);
    });

    [Fact]
    public void Text_that_is_not_utf8_is_refused_across_segments_too() => Refused(() =>
    {
        var reader = new WireReader(Segments.EachByteOf(Convert.FromHexString("03C328")));
        reader.ReadString(flexible: true);
    });

    [Theory]
    [InlineData("7FFFFFFF00")]
    [InlineData("FFFFFFFE00")]
    public void Hostile_record_lengths_are_refused(string hex) => Refused(() =>
    {
        var reader = new WireReader(Convert.FromHexString(hex));
        reader.ReadNullableRecords(flexible: false);
    });

    [Fact]
    public void Trailing_bytes_are_left_and_can_be_seen()
    {
        var reader = new WireReader(Convert.FromHexString("FFFFFFFF" + "AABB"));
        MetadataRequest.Read(ref reader, 1);
        Assert.Equal(2, reader.Remaining);
    }

    [Theory]
    [InlineData("47455420", 100 << 20)]    // "GET "
    [InlineData("16030100", 100 << 20)]    // a TLS handshake
    [InlineData("FFFFFFFF", 100 << 20)]
    [InlineData("00000065", 100)]
    public void Hostile_frame_lengths_are_refused(string hex, int maxFrameBytes)
    {
        var bytes = new ReadOnlySequence<byte>(Convert.FromHexString(hex));
        Assert.Throws<WireFormatException>(() => FrameReader.TryReadLength(bytes, maxFrameBytes, out _));
    }

    [Fact]
    public void Frames_are_cut_wherever_the_stream_is()
    {
        var bytes = Convert.FromHexString("00000002AABB" + "00000000" + "00000001CC" + "000000");
        var buffer = Segments.EachByteOf(bytes);
        var frames = new List<string>();
        while (FrameReader.TryRead(ref buffer, 100, out var frame)) frames.Add(Convert.ToHexString(frame.ToArray()));
        Assert.Equal(["AABB", "", "CC"], frames);
        Assert.Equal(3, buffer.Length);
    }

    private static RequestHeader ReadHeader(string hex, short version = 1) => Read<RequestHeader>(hex, version);

    private static T Read<T>(string hex, short version) where T : IMessage<T>
    {
        var reader = new WireReader(Convert.FromHexString(hex));
        return T.Read(ref reader, version);
    }

    private static void Refused(Action read)
    {
        var allocated = AllocatedBy(read);
        Assert.True(allocated < LittleMemory, $"{allocated} bytes were allocated for a message that was refused");
    }

    private static long AllocatedBy(Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<WireFormatException>(read);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
