namespace DisklessKafka.Chaos.Load;

/// <summary>One life of a client.</summary>
internal interface ILoadClient : IDisposable
{
    /// <summary>Goes on until told to stop. Blocks its thread.</summary>
    /// <exception cref="Confluent.Kafka.KafkaException">This client can do no more.</exception>
    void Run(CancellationToken stop);
}
