namespace DisklessKafka.TestKit.Checking;

/// <summary>The promises a history can break.</summary>
public enum DeliveryFault
{
    /// <summary>Acknowledged, and not there.</summary>
    Lost,

    /// <summary>There more than once.</summary>
    Repeated,

    /// <summary>A producer's records in a partition do not stand in the order it sent them.</summary>
    Reordered,

    /// <summary>Acknowledged with an offset at which it is not.</summary>
    Moved,

    /// <summary>Offsets of a partition are not 0, 1, 2, ….</summary>
    OffsetsNotContiguous,

    /// <summary>There, and never sent.</summary>
    NeverSent,

    /// <summary>An earlier reader saw something else at this offset, or something that is there no more.</summary>
    ChangedAfterRead,
}

public readonly record struct DeliveryViolation(DeliveryFault Fault, string Details)
{
    public override string ToString() => $"{Fault}: {Details}";
}

/// <summary>
/// Holds a history against what Kafka promises to idempotent producers: what was acknowledged is there, at the offset that was
/// acknowledged; nothing is there twice; each producer's records stand in the order they were sent; offsets have no gaps; what a
/// reader once saw stays. A record whose producer was told nothing may be there or not.
/// </summary>
public static class DeliveryChecker
{
    public static IReadOnlyList<DeliveryViolation> Check(DeliveryHistory history)
    {
        var violations = new List<DeliveryViolation>();
        var places = FindPlaces(history, violations);
        CheckOffsets(history, violations);
        CheckOrder(history, violations);
        CheckSent(history, places, violations);
        CheckEarlierReads(history, violations);
        return violations;
    }

    /// <returns>The first offset of each record.</returns>
    private static Dictionary<RecordName, long> FindPlaces(DeliveryHistory history, List<DeliveryViolation> violations)
    {
        var places = new Dictionary<RecordName, long>(history.FinalRead.Count);
        foreach (var read in history.FinalRead)
        {
            if (!places.TryAdd(read.Name, read.Offset))
                violations.Add(new(DeliveryFault.Repeated, $"{read.Name} is at offset {places[read.Name]} and at {read.Offset}"));
        }

        return places;
    }

    private static void CheckOffsets(DeliveryHistory history, List<DeliveryViolation> violations)
    {
        var next = new Dictionary<int, long>();
        foreach (var read in history.FinalRead)
        {
            var expected = next.GetValueOrDefault(read.Name.Partition);
            if (read.Offset != expected)
                violations.Add(new(DeliveryFault.OffsetsNotContiguous, $"partition {read.Name.Partition} goes on at offset {read.Offset} where {expected} was due"));
            next[read.Name.Partition] = read.Offset + 1;
        }
    }

    private static void CheckOrder(DeliveryHistory history, List<DeliveryViolation> violations)
    {
        var highest = new Dictionary<(int Producer, int Partition), long>();
        foreach (var read in history.FinalRead)
        {
            var source = (read.Name.Producer, read.Name.Partition);
            if (highest.TryGetValue(source, out var before) && read.Name.Number < before)
                violations.Add(new(DeliveryFault.Reordered, $"{read.Name} stands at offset {read.Offset}, behind record {before}"));
            highest[source] = Math.Max(read.Name.Number, highest.GetValueOrDefault(source, long.MinValue));
        }
    }

    private static void CheckSent(DeliveryHistory history, Dictionary<RecordName, long> places, List<DeliveryViolation> violations)
    {
        var sent = new HashSet<RecordName>(history.Sent.Count);
        foreach (var record in history.Sent)
        {
            sent.Add(record.Name);
            if (record.Outcome != SendOutcome.Acknowledged)
                continue;
            if (!places.TryGetValue(record.Name, out var offset))
                violations.Add(new(DeliveryFault.Lost, $"{record.Name} was acknowledged at offset {record.Offset} and is not there"));
            else if (record.Offset is { } acknowledged && acknowledged != offset)
                violations.Add(new(DeliveryFault.Moved, $"{record.Name} was acknowledged at offset {acknowledged} and is at {offset}"));
        }

        foreach (var name in places.Keys.Where(name => !sent.Contains(name)))
            violations.Add(new(DeliveryFault.NeverSent, $"{name} is at offset {places[name]}"));
    }

    private static void CheckEarlierReads(DeliveryHistory history, List<DeliveryViolation> violations)
    {
        if (history.EarlierReads.Count == 0)
            return;
        var final = history.FinalRead.ToLookup(read => (read.Name.Partition, read.Offset), read => read.Name);
        foreach (var read in history.EarlierReads)
        {
            var now = final[(read.Name.Partition, read.Offset)];
            if (!now.Contains(read.Name))
                violations.Add(new(DeliveryFault.ChangedAfterRead, $"{read.Name} was read at offset {read.Offset}, where now is {(now.Any() ? now.First().ToString() : "nothing")}"));
        }
    }
}
