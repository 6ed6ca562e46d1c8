namespace DisklessKafka.Cli;

internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>What was asked for could not be done; one line on standard error says what and where.</summary>
    public const int Failed = 1;

    /// <summary>It was not understood what was asked for.</summary>
    public const int Usage = 2;
}
