using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Evidence;

internal static class ReaderRuns
{
    /// <summary>The polls of each reader in the order invoked.</summary>
    public static IEnumerable<Poll[]> Of(History history) =>
        history.Polls.GroupBy(poll => (poll.Reader, poll.Partition)).Select(polls => polls.OrderBy(poll => poll.Invoked).ToArray());
}
