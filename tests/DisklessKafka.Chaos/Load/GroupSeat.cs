using Confluent.Kafka;

namespace DisklessKafka.Chaos.Load;

/// <summary>A place in a group that one consumer after the other takes.</summary>
/// <param name="Name">The consumers' client id.</param>
/// <param name="Instance">They are one static member.</param>
/// <param name="Strategy">Null for the library's default.</param>
internal sealed record GroupSeat(GroupProgress Group, string Name, string? Instance = null, PartitionAssignmentStrategy? Strategy = null);
