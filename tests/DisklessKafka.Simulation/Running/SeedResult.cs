using System.Globalization;

namespace DisklessKafka.Simulation.Running;

/// <param name="Hash">Of all that happened.</param>
/// <param name="Steps">Of code, from one await to the next.</param>
/// <param name="Failures">Broken promises, each with the operations that show it; empty if all were kept.</param>
internal sealed record SeedResult(int Seed, string Hash, TimeSpan Simulated, long Steps, int Faults, int Operations, IReadOnlyList<string> Failures)
{
    public bool IsClean => Failures.Count == 0;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Seed} {Hash} {Simulated.TotalSeconds:0} {Faults} {Operations}{(IsClean ? "" : " FAILED")}");
}
