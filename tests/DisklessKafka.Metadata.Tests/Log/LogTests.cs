using DisklessKafka.Metadata.Log;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>What the tests of logs share.</summary>
internal static class LogTests
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public static Guid Session(int number) => new(number + 1, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);

    public static int NumberOf(Guid session) => BitConverter.ToInt32(session.ToByteArray()) - 1;

    /// <summary>Bytes that differ from length to length.</summary>
    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Reads until the reader stands at <paramref name="end"/>.</summary>
    public static async Task<List<LogEntry>> ReadThroughAsync(IMetadataLog log, LogCursor after, LogCursor end)
    {
        var found = new List<LogEntry>();
        await PollAsync(log, after, found, () => (found.Count == 0 ? after : found[^1].Cursor) >= end, 1 << 20, $"the entry at {end}");
        return found;
    }

    /// <summary>Reads until <paramref name="count"/> entries are there.</summary>
    public static async Task<List<LogEntry>> ReadCountAsync(IMetadataLog log, LogCursor after, int count, int maxBytes = 1 << 20)
    {
        var found = new List<LogEntry>();
        await PollAsync(log, after, found, () => found.Count >= count, maxBytes, $"{count} entries after {after}");
        return found;
    }

    private static async Task PollAsync(IMetadataLog log, LogCursor after, List<LogEntry> found, Func<bool> isDone, int maxBytes, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!isDone())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"the reader came to {found.Count} entries but never to {what}");
            var read = await log.ReadAsync(found.Count == 0 ? after : found[^1].Cursor, maxBytes, CancellationToken.None);
            found.AddRange(read);
            if (read.Count == 0) await Task.Yield();
        }
    }
}
