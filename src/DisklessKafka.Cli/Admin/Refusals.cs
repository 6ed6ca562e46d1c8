using DisklessKafka.Protocol;

namespace DisklessKafka.Cli.Admin;

internal static class Refusals
{
    /// <exception cref="AdminException">Unless the error is none: what it was about, and why.</exception>
    public static void ThrowUnlessNone(this ErrorCode error, string subject, string? message = null)
    {
        if (error != ErrorCode.None) throw new AdminException($"{subject}: {message ?? error.ToString()}");
    }
}
