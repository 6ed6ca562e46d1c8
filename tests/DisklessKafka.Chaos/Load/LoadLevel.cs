namespace DisklessKafka.Chaos.Load;

/// <summary>How much all producers send together of what they usually do; raised at peaks.</summary>
internal sealed class LoadLevel
{
    private double _factor = 1;

    public double Factor
    {
        get => Volatile.Read(ref _factor);
        set => Volatile.Write(ref _factor, value);
    }
}
