using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking;

/// <summary>
/// All that clients did and saw. Operations may be added from any thread, at their start or when they are over, and completed
/// later by whoever holds them; the checker runs when all clients have ended.
/// </summary>
public sealed class History
{
    private readonly Lock _gate = new();
    private readonly List<Send> _sends = [];
    private readonly List<Poll> _polls = [];
    private readonly List<WatermarkSeen> _watermarks = [];
    private readonly List<OffsetCommit> _offsetCommits = [];
    private readonly List<OffsetFetch> _offsetFetches = [];
    private readonly List<Transaction> _transactions = [];
    private readonly List<Assignment> _assignments = [];
    private readonly List<Follow> _follows = [];
    private readonly Dictionary<int, long> _ended = [];

    public IReadOnlyList<Send> Sends => _sends;
    public IReadOnlyList<Poll> Polls => _polls;
    public IReadOnlyList<WatermarkSeen> Watermarks => _watermarks;
    public IReadOnlyList<OffsetCommit> OffsetCommits => _offsetCommits;
    public IReadOnlyList<OffsetFetch> OffsetFetches => _offsetFetches;
    public IReadOnlyList<Transaction> Transactions => _transactions;
    public IReadOnlyList<Assignment> Assignments => _assignments;
    public IReadOnlyList<Follow> Follows => _follows;

    /// <summary>Clients that were ended before the run was over, and when: nothing more is expected of them.</summary>
    public IReadOnlyDictionary<int, long> Ended => _ended;

    /// <summary>When the last fault was over; null if the run was broken off before, and nothing can be asked of its end.</summary>
    public long? Healed { get; private set; }

    /// <summary>When clients were stopped, after time enough to finish what they had begun.</summary>
    public long? Stopped { get; private set; }

    public IEnumerable<Operation> Operations =>
        ((IEnumerable<Operation>)_sends).Concat(_polls).Concat(_watermarks).Concat(_offsetCommits).Concat(_offsetFetches).Concat(_transactions).Concat(_assignments);

    public void Add(Send send) => Add(_sends, send);

    public void Add(Poll poll) => Add(_polls, poll);

    public void Add(WatermarkSeen watermark) => Add(_watermarks, watermark);

    public void Add(OffsetCommit commit) => Add(_offsetCommits, commit);

    public void Add(OffsetFetch fetch) => Add(_offsetFetches, fetch);

    public void Add(Transaction transaction) => Add(_transactions, transaction);

    public void Add(Assignment assignment) => Add(_assignments, assignment);

    /// <summary>Declares that a reader is to see everything by the end.</summary>
    public void Add(Follow follow) => Add(_follows, follow);

    /// <summary>The client was ended on purpose; what it had begun may stay without an answer.</summary>
    public void MarkEnded(int client, long at)
    {
        lock (_gate)
            _ended.TryAdd(client, at);
    }

    public void MarkHealed(long at) => Healed = at;

    public void MarkStopped(long at) => Stopped = at;

    private void Add<T>(List<T> list, T item)
    {
        lock (_gate)
            list.Add(item);
    }
}
