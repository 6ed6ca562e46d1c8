using System.Buffers;
using System.Globalization;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Metadata.Log.Bucket;

/// <summary>
/// Where the log is trimmed, and the deletes behind it. A trim point is an object <c>log-trim/</c> and twenty digits that
/// fall as the point rises, so that one listing begins with the newest and no point can ever be taken back.
/// <para>
/// Numbers must not be used twice: an agent that slept while others appended and trimmed would find the number after the
/// last one it knows free again. So entries are deleted only once a trim point past them is <c>grace</c> old by the
/// store's own clock, and nobody trusts what he knew of the trim point for longer than half of that: before an append
/// is acknowledged or entries are handed out, a point that may have moved is looked up again. From half of that time on
/// it is looked up beside the work, so that no append or read has to wait for it unless the store keeps silent.
/// </para>
/// </summary>
internal sealed class BucketTrim(IObjectStore objects, TimeProvider time, TimeSpan grace) : IAsyncDisposable
{
    private const string Prefix = "log-trim/";
    private const int DeletesAtOnce = 1000; // what S3 takes in one request
    private readonly TimeSpan _trusted = grace / 2;
    private readonly TimeSpan _fresh = grace / 4;
    private readonly CancellationTokenSource _life = new();
    private readonly Lock _gate = new();
    private long _point;
    private long? _checkedAt;
    private Task _refresh = Task.CompletedTask;

    /// <summary>The highest number that is trimmed as far as is known here; the entry itself is still there.</summary>
    public long Point
    {
        get
        {
            lock (_gate) return _point;
        }
    }

    /// <summary>
    /// The trim point, looked up again unless nothing past the known one can have been deleted yet. To be called after
    /// the objects were looked at, with the answer then telling whether what was seen could be trusted.
    /// </summary>
    public async ValueTask<long> CurrentAsync(CancellationToken cancellation)
    {
        var age = Age();
        if (age < _fresh) return Point;
        if (age >= _trusted) return await LookUpAsync(cancellation);
        Refresh();
        return Point;
    }

    public async ValueTask<long> LookUpAsync(CancellationToken cancellation)
    {
        var asked = time.GetTimestamp();
        long found = 0;
        await foreach (var record in objects.ListAsync(Prefix, null, cancellation))
        {
            found = NumberOf(record.Key);
            break;
        }
        lock (_gate)
        {
            _point = Math.Max(_point, found);
            _checkedAt = Math.Max(_checkedAt ?? asked, asked);
            return _point;
        }
    }

    public async ValueTask RunAsync(long through, CancellationToken cancellation)
    {
        if (through > await LookUpAsync(cancellation))
            await objects.TryCreateAsync(Key(through), ReadOnlySequence<byte>.Empty, cancellation);
        await LookUpAsync(cancellation);
        await DeleteAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _life.Cancel();
        await _refresh;
        _life.Dispose();
    }

    private TimeSpan Age()
    {
        lock (_gate) return _checkedAt is { } since ? time.GetElapsedTime(since) : TimeSpan.MaxValue;
    }

    private void Refresh()
    {
        var ended = new TaskCompletionSource();
        lock (_gate)
        {
            if (!_refresh.IsCompleted) return;
            _refresh = ended.Task;
        }
        _ = RefreshAsync(ended);
    }

    private async Task RefreshAsync(TaskCompletionSource ended)
    {
        try
        {
            await LookUpAsync(_life.Token);
        }
        catch (Exception problem) when (problem is ObjectStoreException or OperationCanceledException)
        {
            // whoever comes next looks again, and waits for it when this one's age forbids to go on
        }
        finally
        {
            ended.SetResult();
        }
    }

    /// <summary>Deletes what lies before the newest trim point that is old enough, and the records of older points. Repeatable at any moment.</summary>
    private async ValueTask DeleteAsync(CancellationToken cancellation)
    {
        var records = new List<ObjectInfo>();
        await foreach (var record in objects.ListAsync(Prefix, null, cancellation)) records.Add(record);
        if (records.Count == 0) return;
        var now = records.Max(record => record.LastModified);
        if (records.FindIndex(record => record.LastModified <= now - grace) is >= 0 and var old)
        {
            await DeleteEntriesAsync(before: NumberOf(records[old].Key), cancellation);
            var outdated = records[(old + 1)..].ConvertAll(record => record.Key);
            if (outdated.Count > 0) await objects.DeleteAsync(outdated, cancellation);
        }
    }

    private async ValueTask DeleteEntriesAsync(long before, CancellationToken cancellation)
    {
        var keys = new List<string>(DeletesAtOnce);
        var end = BucketObjects.Key(before);
        await foreach (var entry in objects.ListAsync(BucketObjects.Prefix, null, cancellation))
        {
            if (string.CompareOrdinal(entry.Key, end) >= 0) break;
            keys.Add(entry.Key);
            if (keys.Count < DeletesAtOnce) continue;
            await objects.DeleteAsync(keys, cancellation);
            keys = new List<string>(DeletesAtOnce);
        }
        if (keys.Count > 0) await objects.DeleteAsync(keys, cancellation);
    }

    private static string Key(long number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{long.MaxValue - number:D20}");

    private static long NumberOf(string key) => long.MaxValue - long.Parse(key.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);
}
