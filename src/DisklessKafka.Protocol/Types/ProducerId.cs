using System.Globalization;

namespace DisklessKafka.Protocol;

/// <summary>The number of an idempotent or transactional producer, unique in the cluster; -1 for a producer that is neither.</summary>
public readonly record struct ProducerId(long Value)
{
    public static readonly ProducerId None = new(-1);

    public bool IsNone => Value < 0;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
