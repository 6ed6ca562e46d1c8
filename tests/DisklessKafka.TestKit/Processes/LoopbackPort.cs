using System.Net;
using System.Net.Sockets;

namespace DisklessKafka.TestKit.Processes;

/// <summary>
/// Ports for servers that must come back on the same port. They lie below the kernel's ephemeral range: a client that keeps
/// connecting to a port in that range while nobody listens may be given the very same port as its own, and then talks to itself.
/// </summary>
public static class LoopbackPort
{
    private const int First = 20_000, Last = 32_000;

    /// <param name="random">Where to begin to look; test processes that run side by side should begin elsewhere.</param>
    public static int Free(Random random)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            var port = random.Next(First, Last);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // taken: try another
            }
        }

        throw new InvalidOperationException($"no free port found between {First} and {Last}");
    }
}
