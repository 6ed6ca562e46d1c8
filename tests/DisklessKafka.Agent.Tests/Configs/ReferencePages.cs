namespace DisklessKafka.Agent.Tests.Configs;

/// <summary>Compares a generated reference page with the committed one; DISKLESS_UPDATE_DOCS=1 rewrites it instead.</summary>
internal static class ReferencePages
{
    public static void AssertUpToDate(string name, string generated)
    {
        var path = PathTo("docs", "reference", name);
        if (Environment.GetEnvironmentVariable("DISKLESS_UPDATE_DOCS") == "1")
            File.WriteAllText(path, generated);
        Xunit.Assert.True(File.Exists(path) && File.ReadAllText(path) == generated,
            $"docs/reference/{name} does not say what the code does; run the tests with DISKLESS_UPDATE_DOCS=1 and commit the page");
    }

    /// <summary>In the tree that the tests were built from.</summary>
    public static string PathTo(params string[] parts) => Path.Combine([Root(), .. parts]);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DisklessKafka.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("DisklessKafka.sln is in no folder above the tests");
    }
}
