using Microsoft.CodeAnalysis;

namespace DisklessKafka.Protocol.Generator.Tests;

/// <summary>An edit costs what it touches: with nearly a hundred schemas that decides how the editor feels.</summary>
public sealed class IncrementalityTests
{
    private static readonly (string, string)[] Schemas =
    [
        ("Schemas/a.wire", "request Ping(1)  v0\n  size : int32\nresponse Ping\n"),
        ("Schemas/b.wire", "request Pong(2)  v0\n  size : int32\nresponse Pong\n"),
        ("Schemas/errors.wire", "errors\n  SOME = 1  # text\n"),
    ];

    [Fact]
    public void Editing_a_field_generates_that_file_alone()
    {
        var run = GeneratorRun.Of(Schemas);
        run.Edit("Schemas/a.wire", "request Ping(1)  v0\n  size : int64\nresponse Ping\n");
        Assert.Contains("public long Size", run.Source("Messages.a.g.cs"), StringComparison.Ordinal);
        Assert.Equal(1, run.Reasons("Files").Count(reason => reason == IncrementalStepRunReason.Modified));
        Assert.Equal(2, run.Reasons("Files").Count(reason => reason == IncrementalStepRunReason.Cached));
        Assert.All(run.Reasons("Apis").Concat(run.Reasons("Errors")), reason => Assert.NotEqual(IncrementalStepRunReason.Modified, reason));
        Assert.Equal(1, run.SourceReasons.Count(reason => reason == IncrementalStepRunReason.Modified));
    }

    [Fact]
    public void An_edit_that_changes_no_meaning_generates_nothing()
    {
        var run = GeneratorRun.Of(Schemas);
        run.Edit("Schemas/a.wire", "request Ping(1)  v0\n  size : int32  \nresponse Ping\n");
        Assert.All(run.SourceReasons, reason => Assert.True(
            reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString()));
    }

    [Fact]
    public void A_new_version_reaches_the_table_of_APIs()
    {
        var run = GeneratorRun.Of(Schemas);
        Assert.Contains("new(ApiKey.Ping, 0, 0, 0, 32767),", run.Source("ApiTable.g.cs"), StringComparison.Ordinal);
        run.Edit("Schemas/a.wire", "request Ping(1)  v0-4  flexible v2+  unstable v4\n  size : int32\nresponse Ping\n");
        Assert.Contains("new(ApiKey.Ping, 0, 4, 3, 2),", run.Source("ApiTable.g.cs"), StringComparison.Ordinal);
        Assert.All(run.Reasons("Errors"), reason => Assert.NotEqual(IncrementalStepRunReason.Modified, reason));
    }
}
