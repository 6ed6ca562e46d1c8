using System.Diagnostics.Metrics;

namespace DisklessKafka.Agent.Observability;

/// <summary>Makes the one meter of an agent, which every part of it puts its instruments in. One an agent, so that several in one process do not mix.</summary>
public static class AgentMeter
{
    public const string Name = "DisklessKafka";

    public static Meter Create() => new(Name, AgentVersion.Text);
}
