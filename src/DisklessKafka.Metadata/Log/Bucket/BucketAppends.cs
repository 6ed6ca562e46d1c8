namespace DisklessKafka.Metadata.Log.Bucket;

/// <summary>
/// What this process knows of its own appends: at which number the first unsettled try of each may be, and which were
/// settled lately. The former is bounded by the appends that callers gave up in doubt, one for each session; the latter
/// by <see cref="Remembered"/>.
/// </summary>
internal sealed class BucketAppends
{
    private const int Remembered = 1024; // 48 KiB
    private readonly Lock _gate = new();
    private readonly Dictionary<(Guid Session, long Sequence), long> _doubtful = [];
    private readonly Dictionary<(Guid Session, long Sequence), uint> _settled = [];
    private readonly Queue<(Guid Session, long Sequence)> _settledOrder = new();

    public long? FirstDoubt(Guid session, long sequence)
    {
        lock (_gate) return _doubtful.TryGetValue((session, sequence), out var number) ? number : null;
    }

    /// <summary>A try at this number is about to be made; an earlier doubt stays the first.</summary>
    public void Doubt(Guid session, long sequence, long number)
    {
        lock (_gate) _doubtful.TryAdd((session, sequence), number);
    }

    /// <summary>Others hold the numbers up to this one: an unsettled try can only be behind it.</summary>
    public void Pass(Guid session, long sequence, long number)
    {
        lock (_gate)
            if (_doubtful.TryGetValue((session, sequence), out var first) && first <= number) _doubtful[(session, sequence)] = number + 1;
    }

    /// <summary>The only try there was is known to have failed, since another holds its number.</summary>
    public void Forget(Guid session, long sequence, long through)
    {
        lock (_gate)
            if (_doubtful.TryGetValue((session, sequence), out var first) && first <= through) _doubtful.Remove((session, sequence));
    }

    public void Succeed(Guid session, long sequence, uint hash)
    {
        lock (_gate)
        {
            _doubtful.Remove((session, sequence));
            if (!_settled.TryAdd((session, sequence), hash)) return;
            _settledOrder.Enqueue((session, sequence));
            if (_settledOrder.Count > Remembered) _settled.Remove(_settledOrder.Dequeue());
        }
    }

    /// <exception cref="MetadataLogException">The number was used for another content.</exception>
    public bool IsRepeated(Guid session, long sequence, uint hash)
    {
        lock (_gate)
        {
            if (!_settled.TryGetValue((session, sequence), out var earlier)) return false;
            return earlier == hash ? true : throw LogErrors.OtherPayload(session, sequence);
        }
    }
}
