namespace DisklessKafka.Metadata.Log.Bucket;

/// <summary>
/// What this process knows of its own appends: at which number the first unsettled try of each may be, and which were
/// settled lately. The former is bounded by the appends that callers gave up in doubt, one for each session; the latter
/// by <see cref="Remembered"/>.
/// </summary>
internal sealed class BucketAppends
{
    private const int Remembered = 1024; // 48 KiB
    private readonly Lock gate = new();
    private readonly Dictionary<(Guid Session, long Sequence), long> doubtful = [];
    private readonly Dictionary<(Guid Session, long Sequence), uint> settled = [];
    private readonly Queue<(Guid Session, long Sequence)> settledOrder = new();

    public long? FirstDoubt(Guid session, long sequence)
    {
        lock (gate) return doubtful.TryGetValue((session, sequence), out var number) ? number : null;
    }

    /// <summary>A try at this number is about to be made; an earlier doubt stays the first.</summary>
    public void Doubt(Guid session, long sequence, long number)
    {
        lock (gate) doubtful.TryAdd((session, sequence), number);
    }

    /// <summary>Others hold the numbers up to this one: an unsettled try can only be behind it.</summary>
    public void Pass(Guid session, long sequence, long number)
    {
        lock (gate)
            if (doubtful.TryGetValue((session, sequence), out var first) && first <= number) doubtful[(session, sequence)] = number + 1;
    }

    /// <summary>The only try there was is known to have failed, since another holds its number.</summary>
    public void Forget(Guid session, long sequence, long through)
    {
        lock (gate)
            if (doubtful.TryGetValue((session, sequence), out var first) && first <= through) doubtful.Remove((session, sequence));
    }

    public void Succeed(Guid session, long sequence, uint hash)
    {
        lock (gate)
        {
            doubtful.Remove((session, sequence));
            if (!settled.TryAdd((session, sequence), hash)) return;
            settledOrder.Enqueue((session, sequence));
            if (settledOrder.Count > Remembered) settled.Remove(settledOrder.Dequeue());
        }
    }

    /// <exception cref="MetadataLogException">The number was used for another content.</exception>
    public bool IsRepeated(Guid session, long sequence, uint hash)
    {
        lock (gate)
        {
            if (!settled.TryGetValue((session, sequence), out var earlier)) return false;
            return earlier == hash ? true : throw LogErrors.OtherPayload(session, sequence);
        }
    }
}
