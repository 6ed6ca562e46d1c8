using DisklessKafka.Metadata.State;

namespace DisklessKafka.Agent.Read;

/// <summary>What a fetch reads of one partition.</summary>
/// <param name="Extents">In offset order.</param>
/// <param name="End">Markers before it belong to it: up to there no extent is left out.</param>
public readonly record struct FetchPlan(Extent[] Extents, long End);
