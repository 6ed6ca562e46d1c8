using DisklessKafka.Simulation.Running;
using Xunit;

namespace DisklessKafka.Simulation.Tests;

public sealed class VerbTests
{
    [Fact]
    public void Help_tells_every_option()
    {
        var (code, output, _) = Run("--help");
        Assert.Equal(0, code);
        foreach (var option in new[] { "--seeds", "--first", "--minutes", "--jobs", "--stop", "--trace" }) Assert.Contains(option, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seed")]
    [InlineData("--seeds")]
    [InlineData("--seeds", "many")]
    public void What_is_not_understood_is_refused(params string[] arguments)
    {
        var (code, output, errors) = Run(arguments);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("--help", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_seed_has_its_line()
    {
        var (code, output, _) = Run("--seeds", "2", "--first", "30", "--minutes", "1");
        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] seeds = [.. lines.Take(2).Select(line => line.Trim()).Order(StringComparer.Ordinal)]; // they come as they end
        Assert.Matches("^30 [0-9a-f]{16} [0-9]+ [0-9]+ [0-9]+$", seeds[0]);
        Assert.Matches("^31 [0-9a-f]{16} [0-9]+ [0-9]+ [0-9]+$", seeds[1]);
        Assert.StartsWith("2 clean, 0 failed", lines[2], StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return (SimulationVerb.Run(arguments, output, errors), output.ToString(), errors.ToString());
    }
}
