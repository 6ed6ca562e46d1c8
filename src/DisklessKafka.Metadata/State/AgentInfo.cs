namespace DisklessKafka.Metadata.State;

/// <summary>A live session: one agent that clients may be sent to.</summary>
/// <param name="NodeId">The session's ordinal, and the agent's Kafka node id for the session's life.</param>
/// <param name="Zone">Empty where the agent has none.</param>
/// <param name="Host">Advertised to clients.</param>
/// <param name="IsListed">False while it drains: it still serves, but clients are sent elsewhere.</param>
public sealed record AgentInfo(int NodeId, Guid Session, string Zone, string Host, int Port, string Software, bool IsListed);
