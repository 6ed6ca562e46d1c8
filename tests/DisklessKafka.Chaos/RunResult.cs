using DisklessKafka.Checking;

namespace DisklessKafka.Chaos;

/// <param name="Said">What the agents printed.</param>
internal sealed record RunResult(
    ChaosOptions Options, string Cluster, RunRecord Run, Contents Contents, IReadOnlyList<Anomaly> Anomalies, IReadOnlyList<string> Said)
{
    public bool IsClean => Anomalies.Count == 0 && Run.Failures.IsEmpty;
}
