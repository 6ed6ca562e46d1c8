using DisklessKafka.Protocol;

namespace DisklessKafka.Cli.Admin;

internal static class Refusals
{
    /// <exception cref="AdminException">Unless the error is none: what it was about, and why.</exception>
    public static void ThrowUnlessNone(this ErrorCode error, string subject, string? message = null)
    {
        if (error != ErrorCode.None) throw new AdminException($"{subject}: {message ?? Plain(error)}");
    }

    private static string Plain(ErrorCode error) => error switch
    {
        ErrorCode.UnknownTopicOrPartition => "there is no such topic or partition; 'diskless topics list' tells which topics there are",
        ErrorCode.GroupIdNotFound => "there is no such group; 'diskless groups list' tells which there are",
        ErrorCode.TransactionalIdNotFound => "there is no such transactional id; 'diskless transactions list' tells which there are",
        ErrorCode.NonEmptyGroup => "the group has members; stop them first",
        ErrorCode.NotCoordinator or ErrorCode.NotLeaderOrFollower => $"{error}: another broker is responsible; name that one with --bootstrap",
        _ => error.ToString(),
    };
}
