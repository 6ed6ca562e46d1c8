using System.Buffers;

namespace DisklessKafka.Protocol.Tests.Messages;

/// <summary>Every message at every version: what is written is read back, whichever way the bytes are cut.</summary>
public sealed class RoundTripTests
{
    private const int Seeds = 5;

    [Fact]
    public void Every_client_facing_message_is_there() => Assert.Equal(158, MessageTypes.Kafka.Count());

    [Fact]
    public void Every_message_at_every_version_comes_back_as_it_was_written()
    {
        ForEach((type, version, message) =>
        {
            var bytes = MessageType.Write(message, version);
            var read = type.Read(new ReadOnlySequence<byte>(bytes), version, out var left);
            Assert.Equal(0, left);
            MessageComparer.AssertSame(message, read, type, version);
            Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(MessageType.Write(read, version)));
        });
    }

    [Fact]
    public void The_counting_writer_agrees_with_the_bytes_written()
    {
        ForEach((_, version, message) =>
        {
            var counter = WireWriter.Counting();
            message.Write(ref counter, version);
            Assert.Equal(MessageType.Write(message, version).Length, counter.BytesWritten);
        });
    }

    [Fact]
    public void Messages_read_the_same_split_at_every_byte()
    {
        ForEach((type, version, message) =>
        {
            var bytes = MessageType.Write(message, version);
            for (var at = 0; at <= bytes.Length; at++)
            {
                var read = type.Read(Segments.Of(bytes.AsMemory(0, at), bytes.AsMemory(at)), version, out var left);
                Assert.Equal(0, left);
                Assert.Equal(bytes, MessageType.Write(read, version));
            }
        }, seeds: 1, mostElements: 1, withNulls: false);
    }

    [Fact]
    public void Messages_read_the_same_one_byte_a_segment()
    {
        ForEach((type, version, message) =>
        {
            var bytes = MessageType.Write(message, version);
            var read = type.Read(Segments.EachByteOf(bytes), version, out _);
            Assert.Equal(bytes, MessageType.Write(read, version));
        }, seeds: 2);
    }

    [Fact]
    public void Messages_are_written_the_same_into_any_size_of_buffer()
    {
        ForEach((_, version, message) =>
        {
            var buffer = new StingyBufferWriter();
            var writer = new WireWriter(buffer);
            message.Write(ref writer, version);
            writer.Flush();
            Assert.Equal(MessageType.Write(message, version), buffer.Written.ToArray());
        }, seeds: 2);
    }

    [Fact]
    public void A_message_cut_short_anywhere_is_refused()
    {
        ForEach((type, version, message) =>
        {
            var bytes = MessageType.Write(message, version);
            for (var length = 0; length < bytes.Length; length++)
            {
                var cut = bytes[..length];
                var refusal = Record.Exception(() => type.Read(cut, version));
                Assert.True(refusal is WireFormatException, $"{type} v{version} cut at {length} of {bytes.Length}: {refusal?.ToString() ?? "read"}");
            }
        }, seeds: 1, mostElements: 1, withNulls: false);
    }

    /// <summary>Fills every message at every version: once with nothing null, and with nulls where the version can write them.</summary>
    private static void ForEach(Action<MessageType, short, IMessage> check, int seeds = Seeds, int mostElements = 3, bool withNulls = true)
    {
        foreach (var (type, version) in MessageTypes.Versions)
        {
            for (var seed = 0; seed < seeds; seed++)
            {
                check(type, version, new MessageFiller(new Random(seed), mostElements, nullChance: 0).Create(type));
                if (!withNulls) continue;
                var nulls = new MessageFiller(new Random(seed), mostElements, nullChance: 0.3).Create(type);
                if (MessageComparer.CanWrite(nulls, version)) check(type, version, nulls);
            }
        }
    }
}
