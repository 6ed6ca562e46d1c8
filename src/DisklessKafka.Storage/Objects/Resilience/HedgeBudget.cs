namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>Each call earns a share of a second request, up to a few in store. Safe from any thread.</summary>
internal sealed class HedgeBudget(double share)
{
    private const double MaxSaved = 10;

    private readonly Lock _gate = new();
    private double _saved = Math.Min(1, share * MaxSaved);  // a quiet agent's first slow call may be hedged

    public void Earn()
    {
        lock (_gate)
            _saved = Math.Min(MaxSaved, _saved + share);
    }

    public bool TrySpend()
    {
        lock (_gate)
        {
            if (_saved < 1)
                return false;
            _saved--;
            return true;
        }
    }
}
