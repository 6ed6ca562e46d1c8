namespace DisklessKafka.Metadata.State;

/// <summary>A live session: one agent that clients may be sent to.</summary>
/// <param name="Ordinal">The session's: never given again.</param>
/// <param name="NodeId">What clients know the agent by: it belongs to the address, and the next session there has the same.</param>
/// <param name="Zone">Empty where the agent has none.</param>
/// <param name="Host">Advertised to clients; a session keeps its address.</param>
/// <param name="IsListed">False while it drains: it still serves, but clients are sent elsewhere.</param>
public sealed record AgentInfo(int Ordinal, int NodeId, Guid Session, string Zone, string Host, int Port, string Software, bool IsListed);
