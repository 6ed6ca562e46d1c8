namespace DisklessKafka.Simulation.Running;

/// <summary>The journal as the parts of a run write it, and the promises they saw broken.</summary>
internal sealed class RunLog(Journal journal)
{
    /// <summary>Past this many, further ones tell nothing new.</summary>
    private const int MaxBroken = 20;

    private readonly List<string> _broken = [];

    /// <summary>What must not happen and did, beside what the checker finds in the history.</summary>
    public IReadOnlyList<string> AllBroken => _broken;

    public void Write(string who, string what) => journal.Write(who, what);

    public void Broken(string what)
    {
        journal.Write("BROKEN", what);
        if (_broken.Count < MaxBroken) _broken.Add(what);
    }
}
