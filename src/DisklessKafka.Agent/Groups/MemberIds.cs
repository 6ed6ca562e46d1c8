using System.Buffers.Text;

namespace DisklessKafka.Agent.Groups;

/// <summary>Makes ids for new members: what tells the client or the instance, then something random, so that agents need not agree.</summary>
public sealed class MemberIds(Random random)
{
    private readonly Lock _drawing = new();

    public string Next(string clientOrInstance)
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (_drawing) random.NextBytes(bytes);
        return $"{clientOrInstance}-{Base64Url.EncodeToString(bytes)}";
    }
}
