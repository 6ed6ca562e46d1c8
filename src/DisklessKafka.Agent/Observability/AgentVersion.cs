using System.Reflection;

namespace DisklessKafka.Agent.Observability;

/// <summary>The version of this build, as people see it.</summary>
public static class AgentVersion
{
    public static string Text { get; } =
        typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
