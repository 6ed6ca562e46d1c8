using DisklessKafka.Checking;

namespace DisklessKafka.Chaos;

/// <param name="Said">What the agents printed.</param>
/// <param name="ControlsProcesses">The cluster was ours to break; otherwise it is only known from outside.</param>
internal sealed record RunResult(
    string Title, string Cluster, RunRecord Run, Contents Contents, IReadOnlyList<Anomaly> Anomalies, IReadOnlyList<string> Said, bool ControlsProcesses)
{
    public bool IsClean => Anomalies.Count == 0 && Run.Failures.IsEmpty;
}
