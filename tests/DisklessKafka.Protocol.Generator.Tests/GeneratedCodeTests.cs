using Microsoft.CodeAnalysis.CSharp;

namespace DisklessKafka.Protocol.Generator.Tests;

/// <summary>Small schemas and the whole code that comes of them, so that a change of the generator shows what it does.</summary>
public sealed class GeneratedCodeTests
{
    [Theory]
    [InlineData("ping")]
    [InlineData("versions")]
    [InlineData("tags")]
    [InlineData("values")]
    [InlineData("errors")]
    public void The_code_is_as_the_snapshot_has_it(string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Snapshots");
        var schema = File.ReadAllText(Path.Combine(folder, name + ".wire"));
        var run = GeneratorRun.Of(("Schemas/" + name + ".wire", schema));
        Assert.Empty(run.Problems);
        var code = string.Concat(run.Result.GeneratedSources.OrderBy(source => source.HintName, StringComparer.Ordinal)
            .Where(source => source.SourceText.ToString().Contains(" = ", StringComparison.Ordinal))
            .Select(source => $"// ==== {source.HintName}\n{source.SourceText}"));
        var snapshot = Path.Combine(folder, name + ".txt");
        var expected = File.Exists(snapshot) ? File.ReadAllText(snapshot) : "";
        if (code == expected) return;
        var actual = Path.Combine(folder, name + ".actual.txt");
        File.WriteAllText(actual, code);
        Assert.Fail($"The code differs from Snapshots/{name}.txt. Compare it with {actual}, and copy that over it if it is right.");
    }

    [Fact]
    public void Generated_code_parses_as_csharp()
    {
        foreach (var name in new[] { "ping", "versions", "tags", "values", "errors" })
        {
            var schema = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Snapshots", name + ".wire"));
            foreach (var source in GeneratorRun.Of(("Schemas/x.wire", schema)).Result.GeneratedSources)
                Assert.Empty(CSharpSyntaxTree.ParseText(source.SourceText).GetDiagnostics());
        }
    }

    [Fact]
    public void Comments_become_documentation()
    {
        var code = GeneratorRun.OfText("# An old remark.\n\n# What it is for.\nmessage Ping  v0\n  # In front\n  size : int32   # and behind: <a> & b\n").Source("Messages.test.g.cs");
        Assert.Contains("/// <summary>What it is for.</summary>\npublic sealed partial class Ping", code, StringComparison.Ordinal);
        Assert.Contains("/// <summary>In front and behind: &lt;a&gt; &amp; b</summary>", code, StringComparison.Ordinal);
        Assert.DoesNotContain("old remark", code, StringComparison.Ordinal);
    }

    [Fact]
    public void Causes_of_errors_become_remarks_of_the_response()
    {
        var code = GeneratorRun.OfText("errors\n  SOME = 1  # text\nrequest Ping(1)  v0\nresponse Ping\nerrors Ping\n  SOME  # the ball is gone\n").Source("Messages.test.g.cs");
        Assert.Contains("<item><term>SOME</term><description>the ball is gone</description></item>", code, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_below_Schemas_names_the_namespace()
    {
        var run = GeneratorRun.Of(("/x/Schemas/metadata/a.wire", "message A  v0\n  x : int8\n"), ("/x/Schemas/b.wire", "message B  v0\n  x : int8\n"));
        Assert.Contains("namespace DisklessKafka.Protocol.Metadata;", run.Source("Metadata.a.g.cs"), StringComparison.Ordinal);
        Assert.Contains("namespace DisklessKafka.Protocol.Messages;", run.Source("Messages.b.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_never_reach_the_printer()
    {
        var code = GeneratorRun.OfText("message Login  v0\n  password : string  secret\n").Source("Messages.test.g.cs");
        Assert.Contains(".Secret(\"Password\")", code, StringComparison.Ordinal);
        Assert.DoesNotContain(".Add(\"Password\"", code, StringComparison.Ordinal);
    }
}
