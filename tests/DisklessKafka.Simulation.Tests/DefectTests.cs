using System.Diagnostics;
using Xunit;

namespace DisklessKafka.Simulation.Tests;

/// <summary>
/// Deliberate defects prove that the simulation can fail; scripts/defects runs them, which takes a build each. Here it is only
/// seen to that they still fit the code: one that does not apply must be made anew, not dropped.
/// </summary>
public sealed class DefectTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Defects =>
        [.. Directory.GetFiles(Path.Combine(Root, "tests/DisklessKafka.Simulation/Defects"), "*.patch").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_defect_still_fits_the_code(string name)
    {
        var patch = Path.Combine("tests/DisklessKafka.Simulation/Defects", name + ".patch");
        var start = new ProcessStartInfo("git", ["apply", "--check", patch]) { WorkingDirectory = Root, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"make {patch} anew for the code as it is now: {errors}");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "DisklessKafka.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("the tests do not lie in the tree");
    }
}
