using System.Globalization;
using DisklessKafka.Protocol.Generator.Checks;
using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Parsing;

/// <summary>
/// Parses one schema file. Top-level lines are <c>request</c>, <c>response</c>, <c>message</c>, <c>header</c> and
/// <c>errors</c>; what belongs to them is indented below. It never throws: what is wrong becomes a problem with its place.
/// </summary>
internal sealed class SchemaParser
{
    private readonly List<Message> _messages = [];
    private readonly List<Error> _errors = [];
    private readonly List<ErrorCause> _causes = [];
    private readonly ProblemList _problems;

    private SchemaParser(string path) => _problems = new ProblemList(path);

    public static SchemaFile Parse(string path, string text, string @namespace)
    {
        var parser = new SchemaParser(path);
        foreach (var line in Outline.Read(text, parser._problems)) parser.ParseDeclaration(line);
        foreach (var message in parser._messages) MessageCheck.Run(message, parser._problems);
        return new SchemaFile(path, @namespace, new(parser._messages), new(parser._errors), new(parser._causes), new(parser._problems.All));
    }

    private void ParseDeclaration(SchemaLine line)
    {
        var tokens = new Tokens(line);
        switch (tokens.Take())
        {
            case "request":
                ParseMessage(MessageKind.Request, line, tokens);
                break;
            case "response":
                ParseResponse(line, tokens);
                break;
            case "message":
                ParseMessage(MessageKind.Data, line, tokens);
                break;
            case "header":
                ParseMessage(MessageKind.Header, line, tokens);
                break;
            case "errors":
                ParseErrors(line, tokens);
                break;
            default:
                _problems.Add(line.Place, "expected request, response, message, header or errors");
                break;
        }
    }

    /// <summary><c>request Produce(0)  v3-13  flexible v9+</c></summary>
    private void ParseMessage(MessageKind kind, SchemaLine line, Tokens tokens)
    {
        if (!TryTakeTypeName(tokens, out var name)) return;
        var key = -1;
        if (kind == MessageKind.Request && !TryTakeKey(tokens, out key)) return;
        if (!tokens.TryTakeVersions(out var versions))
        {
            _problems.Add(tokens.Place, "expected the message's versions, like v0-3");
            return;
        }

        var flexible = VersionRange.None;
        var unstable = VersionRange.None;
        while (!tokens.AtEnd)
        {
            var place = tokens.Place;
            var word = tokens.Take();
            if (word == "flexible" && tokens.TryTakeVersions(out var from)) flexible = new VersionRange(from.Min, VersionRange.Open);
            else if (word == "unstable" && tokens.TryTakeVersions(out unstable)) continue;
            else
            {
                _problems.Add(place, "expected 'flexible v…' or 'unstable v…'");
                return;
            }
        }

        var isRequest = kind == MessageKind.Request;
        AddMessage(kind, isRequest ? name : "", key, versions, flexible, unstable, isRequest ? name + "Request" : name, line);
    }

    /// <summary><c>response Produce</c>: key and versions are its request's, which stands above it.</summary>
    private void ParseResponse(SchemaLine line, Tokens tokens)
    {
        var place = tokens.Place;
        if (!TryTakeTypeName(tokens, out var name)) return;
        if (!tokens.AtEnd) _problems.Add(tokens.Place, "a response takes key and versions from its request; nothing may follow its name");
        var request = _messages.Find(message => message.Kind == MessageKind.Request && message.ApiName == name);
        if (request is null)
        {
            _problems.Add(place, $"no request {name} stands above this response");
            return;
        }

        AddMessage(MessageKind.Response, name, request.ApiKey, request.Versions, request.Flexible, request.Unstable, name + "Response", line);
    }

    private void AddMessage(
        MessageKind kind, string apiName, int key, VersionRange versions, VersionRange flexible, VersionRange unstable, string name, SchemaLine line)
    {
        var fields = new FieldParser(_problems);
        var root = new Struct(name, IsValueType: false, fields.ParseFields(line.Children), line.Doc, line.Place);
        _messages.Add(new Message(kind, apiName, key, versions, flexible, unstable, root, new(fields.Types)));
    }

    private bool TryTakeTypeName(Tokens tokens, out string name)
    {
        var place = tokens.Place;
        name = tokens.Take();
        if (Names.IsType(name)) return true;
        _problems.Add(place, "expected a name in PascalCase");
        return false;
    }

    private bool TryTakeKey(Tokens tokens, out int key)
    {
        var place = tokens.Place;
        key = -1;
        if (tokens.TryTake("(") && TryInteger(tokens.Take(), out key) && key is >= 0 and < short.MaxValue && tokens.TryTake(")")) return true;
        _problems.Add(place, "expected the API key, like Produce(0)");
        return false;
    }

    /// <summary>Without a name it is the table of all errors, with one the causes of an API's errors.</summary>
    private void ParseErrors(SchemaLine line, Tokens tokens)
    {
        if (tokens.AtEnd)
        {
            foreach (var child in line.Children) ParseError(child);
            return;
        }

        if (!TryTakeTypeName(tokens, out var apiName)) return;
        foreach (var child in line.Children)
        {
            if (!Names.IsError(child.Text)) _problems.Add(child.Place, "expected the name of an error alone, its cause as the comment");
            else if (child.Doc.Length == 0) _problems.Add(child.Place, $"say in a comment why {apiName} answers {child.Text}");
            else _causes.Add(new ErrorCause(apiName, child.Text, child.Doc, child.Place));
        }
    }

    /// <summary><c>CORRUPT_MESSAGE = 2 retriable  # meaning</c></summary>
    private void ParseError(SchemaLine line)
    {
        var tokens = new Tokens(line);
        var name = tokens.Take();
        if (!Names.IsError(name) || !tokens.TryTake("=") || !TryInteger(tokens.Take(), out var code))
        {
            _problems.Add(line.Place, "expected an error like NAME = 7 retriable");
            return;
        }

        var retriable = tokens.TryTake("retriable");
        if (!tokens.AtEnd) _problems.Add(tokens.Place, "only 'retriable' may follow the code");
        if (line.Doc.Length == 0) _problems.Add(line.Place, $"say in a comment what {name} means");
        _errors.Add(new Error(name, Names.Pascal(name), code, retriable, line.Doc, line.Place));
    }

    private static bool TryInteger(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
