namespace DisklessKafka.Protocol.Generator.Tests;

/// <summary>Whatever is wrong in a schema is said in plain words, at its file, line and column.</summary>
public sealed class SchemaProblemTests
{
    [Theory]
    [InlineData("request Ping(1)  v0\n  size : int33\n", "(2,10): there is no type 'int33'; types that a schema defines are written in PascalCase")]
    [InlineData("request Ping  v0\n", "(1,15): expected the API key, like Produce(0)")]
    [InlineData("request ping(1)  v0\n", "(1,9): expected a name in PascalCase")]
    [InlineData("request Ping(1)  flexible v0\n", "(1,18): expected the message's versions, like v0-3")]
    [InlineData("message Ping  v0 soon\n", "(1,18): expected 'flexible v…' or 'unstable v…'")]
    [InlineData("message Ping  v0-3  unstable v0+\n", "(1,1): the first version cannot be unstable: nothing would be left to offer")]
    [InlineData("massage Ping  v0\n", "(1,1): expected request, response, message, header or errors")]
    [InlineData("response Ping\n", "(1,10): no request Ping stands above this response")]
    [InlineData("message Ping  v0\n  Size : int32\n", "(2,3): expected a field like some_name : type")]
    [InlineData("message Ping  v0\n  size int32\n", "(2,3): expected a field like some_name : type")]
    [InlineData("message Ping  v0\n  size : int32 v0 often\n", "(2,19): expected versions like v3+, 'nullable v…', 'tag N', '= default', 'secret' or 'classic'")]
    [InlineData("message Ping  v0\n  size : int32\n  size : int32\n", "(3,3): Ping already has a field Size")]
    [InlineData("message Ping  v0\n  ping : int32\n", "(2,3): a field cannot bear its type's name; call the type PingData")]
    [InlineData("message Ping  v2-3\n  size : int32  v4+\n", "(2,3): Size exists in no version of Ping (v2-3)")]
    [InlineData("message Ping  v0\n  size : int32?\n", "(2,3): the wire has no null for Size's type")]
    [InlineData("message Ping  v0-3\n  name : string  v2+  nullable v1+\n", "(2,3): Name cannot be null where it does not exist")]
    [InlineData("message Ping  v0-3  flexible v2\n  name : string  v1+  tag 0\n", "(2,3): Name is tagged, so it can exist in flexible versions only (v2+)")]
    [InlineData("message Ping  v0  flexible v0\n  name : string  tag 1\n", "(2,3): the tags of Ping must be 0, 1, 2 …; expected 0")]
    [InlineData("message Ping  v0  flexible v0\n  data : records  tag 0\n", "(2,3): records cannot be tagged")]
    [InlineData("message Ping  v0\n  data : [] records\n", "(2,3): records cannot stand in an array")]
    [InlineData("message Ping  v0\n  size : int32  classic\n", "(2,3): 'classic' is about the width of a length, and this type has none")]
    [InlineData("message Ping  v0\n  size : int8  = 128\n", "(2,3): 128 is no default for Size's type")]
    [InlineData("message Ping  v0\n  name : string  = null\n", "(2,3): Name is never null, so null cannot be its default")]
    [InlineData("message Ping  v0\n  items : [] int32  = 7\n", "(2,3): an array's default is empty or null")]
    [InlineData("message Ping  v0\n  items : [] Item\n", "(2,3): Item is not defined in this message")]
    [InlineData("message Ping  v0\n  size : int32\n    inner : int32\n", "(3,5): a field of type int32 has no fields of its own")]
    [InlineData("message Ping  v0\n  item : Item\n    size : int32\n  other : Item\n    size : int32\n", "(4,3): Item is defined twice")]
    [InlineData("message Ping  v0\n  item : Item\n    size : int32\n  common Other\n    size : int32\n", "(4,3): no field is of type Other")]
    [InlineData("message Ping  v0\n  item : [] Item\n    items : [] Item\n", "(2,3): Item contains itself")]
    [InlineData("message Ping  v0\n  parts : [] Part\n    size : int32\n  one : Part\n  values : [] Value\n    size : int32\n", null)]
    [InlineData("message Ping  v0\n  item : [] struct Item\n    size : int32\n  other : Item\n", "(4,3): a value type can only stand in an array")]
    [InlineData("message Ping  v0\n  cursor : Cursor\n    offset : int64\n", "(2,3): Ping has a member of that name; call the type CursorData")]
    [InlineData("message Ping  v0\n    size : int32\n  other : int32\n", "(3,3): the indentation matches no line above")]
    [InlineData("message Ping  v0\n\tsize : int32\n", "(2,1): indent with blanks, not with tabs")]
    [InlineData("errors\n  SOME = x  # text\n", "(2,3): expected an error like NAME = 7 retriable")]
    [InlineData("errors\n  SOME = 1\n", "(2,3): say in a comment what SOME means")]
    [InlineData("errors\n  SOME = 1 often  # text\n", "(2,12): only 'retriable' may follow the code")]
    [InlineData("errors\n  SOME = 1  # text\n  OTHER = 1  # text\n", "(3,3): code 1 is defined twice")]
    [InlineData("request Ping(1)  v0\n", "(1,1): request Ping has no response in this file")]
    [InlineData("request Ping(1)  v0\nresponse Ping  v0\n", "(2,16): a response takes key and versions from its request; nothing may follow its name")]
    [InlineData("request Ping(1)  v0\nresponse Ping\nerrors Ping\n  SOME  # text\n", "(4,3): the error table has no SOME")]
    [InlineData("request Ping(1)  v0\nresponse Ping\nerrors Ping\n  SOME\n", "(4,3): say in a comment why Ping answers SOME")]
    [InlineData("errors\n  SOME = 1  # text\nerrors Pong\n  SOME  # text\n", "(4,3): there is no API Pong")]
    public void A_problem_is_reported_where_it_stands(string text, string? problem)
    {
        var problems = GeneratorRun.OfText(text).Problems;
        if (problem is null) Assert.Empty(problems);
        else Assert.Contains("Schemas/test.wire" + problem, problems);
    }

    [Fact]
    public void Two_files_cannot_define_the_same()
    {
        var run = GeneratorRun.Of(
            ("Schemas/a.wire", "request Ping(1)  v0\nresponse Ping\n"),
            ("Schemas/b.wire", "request Pong(1)  v0\nresponse Pong\n"),
            ("Schemas/c.wire", "# a remark\n\nmessage PingRequest  v0\n"),
            ("Schemas/other/c.wire", "message PingRequest  v0\n"));
        Assert.Equal(
            [
                "Schemas/b.wire(1,1): API key 1 already belongs to Ping",
                "Schemas/c.wire(3,1): DisklessKafka.Protocol.Messages.PingRequest is defined twice",
            ],
            run.Problems);
    }

    [Fact]
    public void A_file_with_problems_generates_nothing_and_the_others_do()
    {
        var run = GeneratorRun.Of(("Schemas/bad.wire", "message Bad  v0\n  x : y\n"), ("Schemas/good.wire", "message Good  v0\n  x : int8\n"));
        Assert.Single(run.Problems);
        Assert.DoesNotContain(run.Result.GeneratedSources, source => source.HintName == "Messages.bad.g.cs");
        Assert.Contains("class Good", run.Source("Messages.good.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_generator_never_throws_whatever_the_text()
    {
        const string Schema = "# doc\nrequest Ping(1)  v0-3  flexible v2+  unstable v3\n  a : []? Item  v1+  nullable v2+  tag 0  # x\n    b : string?  = \"q\"  secret\n  common struct S\nresponse Ping\nerrors Ping\n  E # f\nerrors\n  E = 1 retriable # f\n";
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var text = Schema.ToCharArray();
            for (var edits = random.Next(1, 6); edits > 0; edits--) text[random.Next(text.Length)] = " \n:?=()[]#\"v0+-aZ_\t9"[random.Next(20)];
            var run = GeneratorRun.OfText(new string(text));
            Assert.Null(run.Result.Exception);
        }
    }
}
