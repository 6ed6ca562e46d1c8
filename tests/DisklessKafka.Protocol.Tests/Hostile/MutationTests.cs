using DisklessKafka.Protocol.Tests.Messages;

namespace DisklessKafka.Protocol.Tests.Hostile;

/// <summary>Valid messages with a few bytes changed: each is read or refused as a format error, and nothing else ever happens.</summary>
public sealed class MutationTests
{
    private const int MutationsPerVersion = 60;

    /// <summary>What a message of some hundred bytes may cost: the budget's free part and what the objects around it take.</summary>
    private const long MostMemory = 4 << 20;

    [Fact]
    public void Mutated_messages_are_read_or_refused_within_the_budget()
    {
        var random = new Random(11);
        foreach (var (type, version) in MessageTypes.Versions)
        {
            var original = MessageType.Write(new MessageFiller(random, nullChance: 0).Create(type), version);
            for (var round = 0; round < MutationsPerVersion && original.Length > 0; round++)
            {
                var bytes = Mutate(original, random);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var outcome = Record.Exception(() => type.Read(bytes, version));
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(outcome is null or WireFormatException, $"{type} v{version} {Convert.ToHexString(bytes)}: {outcome}");
                Assert.True(allocated < MostMemory, $"{type} v{version} {Convert.ToHexString(bytes)}: {allocated} bytes allocated");
            }
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        byte[] favourites = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF];
        for (var edits = random.Next(1, 5); edits > 0; edits--)
            bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? favourites[random.Next(favourites.Length)] : (byte)random.Next(256);
        return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
