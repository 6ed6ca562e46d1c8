using System.Collections.Concurrent;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Postgres;

namespace DisklessKafka.Benchmarks.MetadataLog;

/// <summary>Percentiles in milliseconds.</summary>
internal sealed record Latencies(double P50, double P99, double Max, int Count);

/// <summary>Clients that each append to the log and replay all of it, as agents do: one append in flight, the next one as soon as it is durable.</summary>
internal sealed class LogAppends : IAsyncDisposable
{
    private readonly ConcurrentBag<double> _latencies = [];
    private List<Client> _clients = [];

    public static async Task<LogAppends> CreateAsync(string connection, int count, ReadOnlyMemory<byte> payload)
    {
        var options = new PostgresLogOptions { ConnectionString = connection, Schema = $"bench_{payload.Length}_{Environment.ProcessId}" };
        var load = new LogAppends();
        for (var i = 0; i < count; i++)
            load._clients.Add(new Client(await PostgresMetadataLog.OpenAsync(options, default), new Guid(i + 1, 0, 0, new byte[8]), payload, load._latencies));
        return load;
    }

    /// <param name="pace">Between the appends of one client; null: none.</param>
    /// <returns>Commits a second, from the first append until the last one is replayed by all.</returns>
    public async Task<double> RunAsync(TimeSpan duration, TimeSpan? pace)
    {
        var started = TimeProvider.System.GetTimestamp();
        var counts = await Task.WhenAll(_clients.Select(client => Task.Run(() => client.AppendForAsync(duration, pace))));
        var end = await _clients[0].Log.EndAsync(default);
        await Task.WhenAll(_clients.Select(client => client.ReachAsync(end)));
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        if (_clients.Select(client => client.ReplayHash).Distinct().Count() != 1) throw new InvalidOperationException("the clients replayed different histories");
        return counts.Sum() / elapsed.TotalSeconds;
    }

    public Latencies TakeLatencies()
    {
        var sorted = _latencies.Order().ToArray();
        _latencies.Clear();
        return new Latencies(sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)], sorted[^1], sorted.Length);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        _clients = [];
    }

    private sealed class Client : IAsyncDisposable
    {
        private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20); // for the others' entries: what an agent that is watched does
        private readonly Guid _session;
        private readonly ConcurrentBag<double> _latencies;
        private readonly ConcurrentDictionary<long, long> _startedAt = [];
        private readonly SemaphoreSlim _wake = new(0);
        private readonly CancellationTokenSource _stopping = new();
        private readonly ReadOnlyMemory<byte> _payload;
        private readonly Task _replaying;
        private long _sequence;
        private LogCursor _position;
        private volatile bool _isWaiting;

        public Client(PostgresMetadataLog log, Guid session, ReadOnlyMemory<byte> payload, ConcurrentBag<double> latencies)
        {
            (Log, _session, _payload, _latencies) = (log, session, payload, latencies);
            _replaying = Task.Run(ReplayAsync);
        }

        public PostgresMetadataLog Log { get; }
        public int ReplayHash { get; private set; }

        public async Task<int> AppendForAsync(TimeSpan duration, TimeSpan? pace)
        {
            var started = TimeProvider.System.GetTimestamp();
            var done = 0;
            for (; TimeProvider.System.GetElapsedTime(started) < duration; done++)
            {
                if (pace is { } interval) await Task.Delay(interval * (0.5 + Random.Shared.NextDouble()));
                _startedAt[++_sequence] = TimeProvider.System.GetTimestamp();
                await Log.AppendAsync(_session, _sequence, _payload, default);
                if (_isWaiting) _wake.Release();
            }
            return done;
        }

        public async Task ReachAsync(LogCursor end)
        {
            while (true)
            {
                lock (_wake)
                    if (_position >= end) return;
                await Task.Delay(1);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _replaying;
            await Log.DisposeAsync();
        }

        private async Task ReplayAsync()
        {
            while (!_stopping.IsCancellationRequested)
            {
                _isWaiting = true; // before the read: an append that ends while it is under way must lead to another one
                var entries = await Log.ReadAsync(_position, 1 << 20, default);
                foreach (var entry in entries)
                {
                    ReplayHash = HashCode.Combine(ReplayHash, entry.Cursor.Hash);
                    if (entry.Session == _session && _startedAt.TryRemove(entry.Sequence, out var since))
                        _latencies.Add(TimeProvider.System.GetElapsedTime(since).TotalMilliseconds);
                }
                if (entries.Count > 0)
                    lock (_wake) _position = entries[^1].Cursor;
                // An own entry that is acknowledged but not readable yet waits for an older transaction, for a moment only.
                var patience = _startedAt.IsEmpty ? PollInterval : TimeSpan.FromMilliseconds(1);
                if (entries.Count == 0) await _wake.WaitAsync(patience);
                _isWaiting = false;
                while (_wake.CurrentCount > 0) await _wake.WaitAsync();
            }
        }
    }
}
