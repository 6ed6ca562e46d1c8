using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DisklessKafka.TestKit.Simulation;

namespace DisklessKafka.Simulation.Running;

/// <summary>All that happened in a run, line by line. Two runs are the same if their journals have the same hash.</summary>
internal sealed class Journal(SimulatedWorld world, TextWriter? echo) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Of every byte written so far.</summary>
    public string Hash => Convert.ToHexStringLower(_hash.GetCurrentHash())[..16];

    public void Write(string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{world.Elapsed.TotalSeconds,11:0.000000} {who,-14} {what}");
        _hash.AppendData(Encoding.UTF8.GetBytes(line));
        _hash.AppendData("\n"u8);
        echo?.WriteLine(line);
    }

    public void Dispose() => _hash.Dispose();
}
