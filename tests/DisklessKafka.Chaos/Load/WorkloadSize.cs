namespace DisklessKafka.Chaos.Load;

/// <param name="RecordsPerSecond">Of each of these producers.</param>
internal sealed record WorkloadSize(int IdempotentProducers = 3, int PlainProducers = 1, double RecordsPerSecond = 60);
