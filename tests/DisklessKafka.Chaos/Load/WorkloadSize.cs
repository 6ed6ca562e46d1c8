namespace DisklessKafka.Chaos.Load;

/// <param name="Transformers">Who write what they read, in transactions.</param>
/// <param name="RecordsPerSecond">Of each producer without transactions.</param>
internal sealed record WorkloadSize(
    int IdempotentProducers = 3, int PlainProducers = 1, int TransactionalProducers = 2, int GroupMembers = 3, int Transformers = 2, double RecordsPerSecond = 60);
