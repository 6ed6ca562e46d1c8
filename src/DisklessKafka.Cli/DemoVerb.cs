namespace DisklessKafka.Cli;

internal static class DemoVerb
{
    public static Task<int> RunAsync(int seconds) => Task.FromResult(seconds);
}
