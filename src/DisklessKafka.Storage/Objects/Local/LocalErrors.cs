namespace DisklessKafka.Storage.Objects.Local;

/// <summary>Turns what the file API throws into what <see cref="IObjectStore"/> promises.</summary>
internal static class LocalErrors
{
    // Errnos that Linux and macOS share; .NET keeps the errno in the HResult, or Windows' code for a full disk.
    private const int Eexist = 17, Enotdir = 20, Eisdir = 21, Emfile = 24, Enospc = 28, Erofs = 30;
    private const int EdquotLinux = 122, EdquotMac = 69;
    private const int DiskFull = unchecked((int)0x80070070);

    /// <summary>True for what the file API throws when the world outside is at fault.</summary>
    public static bool IsExpected(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <param name="doing">"write object 'a/b'": what could not be done.</param>
    public static ObjectStoreException Translate(string doing, string root, Exception cause)
    {
        var (why, transient) = Explain(root, cause);
        return new($"cannot {doing}: {why}", transient, cause);
    }

    private static (string Why, bool Transient) Explain(string root, Exception cause) => cause switch
    {
        UnauthorizedAccessException => ($"permission denied in '{root}'", false),
        _ => cause.HResult switch
        {
            Enospc or DiskFull => ($"the disk of '{root}' is full", true),
            EdquotLinux or EdquotMac => ($"the disk quota of '{root}' is used up", true),
            Erofs => ($"'{root}' is mounted read-only", false),
            Enotdir or Eisdir or Eexist => ("a part of the key is a folder in one key and an object in another", false),
            Emfile => ("this process has too many files open; raise 'ulimit -n'", true),
            _ => (cause.Message, true),
        },
    };
}
