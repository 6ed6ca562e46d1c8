namespace DisklessKafka.TestKit.Processes;

/// <summary>A folder of its own under the temporary folder, gone with all that is in it when disposed.</summary>
public sealed class ScratchFolder : IDisposable
{
    public ScratchFolder(string purpose) => Path = Directory.CreateTempSubdirectory($"disklesskafka-{purpose}-").FullName;

    public string Path { get; }

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A process that was just killed may still hold a file for a moment; the temporary folder is swept anyway.
        }
    }
}
