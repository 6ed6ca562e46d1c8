using System.Text.RegularExpressions;
using DisklessKafka.Checking;
using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Simulation.Tests;

/// <summary>
/// Deliberate defects prove that the simulation can fail; scripts/defects runs them, which takes a build each. Here it is only
/// seen to that they still fit the code: one that does not apply or build must be made anew, not dropped.
/// </summary>
public sealed class DefectTests
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(8); // one of the whole product and one of parts of it
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Defects =>
        [.. Directory.GetFiles(Path.Combine(Root, "tests/DisklessKafka.Simulation/Defects"), "*.patch").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_defect_still_fits_the_code(string name)
    {
        var patch = Path.Combine("tests/DisklessKafka.Simulation/Defects", name + ".patch");
        var result = await ToolProcess.RunAsync("git", ["apply", "--check", patch], folder: Root);
        Assert.True(result.ExitCode == 0, $"make {patch} anew for the code as it is now: {result.Errors}");
    }

    [Fact]
    public async Task All_defects_build() =>
        (await ToolProcess.RunAsync(Path.Combine(Root, "scripts/defects"), ["--build"], folder: Root, limit: BuildLimit)).OrThrow();

    /// <summary>scripts/defects counts no failure that does not follow from the defect.</summary>
    [Theory]
    [MemberData(nameof(Defects))]
    public void A_defect_says_by_what_it_shows(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(Root, "tests/DisklessKafka.Simulation/Defects", name + ".patch"));
        var shows = Assert.Single(lines, line => line.StartsWith("Shows: ", StringComparison.Ordinal))["Shows: ".Length..];
        foreach (var kind in Regex.Matches(shows, "([A-Z][A-Za-z]+): ").Select(match => match.Groups[1].Value)) Assert.True(Enum.IsDefined(Enum.Parse<AnomalyKind>(kind)));
        Assert.DoesNotMatch(shows, ""); // or everything would count
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "DisklessKafka.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("the tests do not lie in the tree");
    }
}
