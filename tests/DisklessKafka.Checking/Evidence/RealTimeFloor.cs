using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking.Evidence;

/// <summary>
/// The highest value among operations that were over before a moment: what began later must not be below it. Moments must be
/// asked for in ascending order.
/// </summary>
internal sealed class RealTimeFloor
{
    private readonly (long Value, Operation Operation)[] _seen;
    private int _next;

    /// <param name="seen">Only operations that completed.</param>
    public RealTimeFloor(IEnumerable<(long Value, Operation Operation)> seen) => _seen = [.. seen.OrderBy(item => item.Operation.Completed)];

    /// <summary>The operation with the highest value so far; null before the first.</summary>
    public (long Value, Operation Operation)? Highest { get; private set; }

    /// <summary>Takes in what was over before the moment, not at it.</summary>
    public void AdvanceTo(long moment)
    {
        for (; _next < _seen.Length && _seen[_next].Operation.Completed < moment; _next++)
        {
            if (Highest is not { } highest || _seen[_next].Value > highest.Value)
                Highest = _seen[_next];
        }
    }
}
