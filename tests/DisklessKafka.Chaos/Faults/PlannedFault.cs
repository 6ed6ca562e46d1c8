namespace DisklessKafka.Chaos.Faults;

/// <param name="At">Since the first fault may happen.</param>
/// <param name="Target">Which agent or zone, counted on from 0; taken modulo how many there are.</param>
/// <param name="Strength">From 0 to 1: how long a delay, how many requests refused, whether an agent goes in good order.</param>
internal sealed record PlannedFault(TimeSpan At, TimeSpan Lasts, FaultKind Kind, int Target, double Strength);
