using System.Text;

namespace DisklessKafka.Protocol.Generator.Emit;

/// <summary>Writes indented C#.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string text = "")
    {
        if (text.Length > 0) _text.Append(' ', _depth * 4).Append(text);
        _text.Append('\n');
    }

    /// <summary>A line, unless it is empty, then what <paramref name="body"/> writes between braces.</summary>
    public void Block(string head, Action body)
    {
        if (head.Length > 0) Line(head);
        Line("{");
        _depth++;
        body();
        _depth--;
        Line("}");
    }

    /// <summary>A block below <c>if (condition)</c>, or the body alone where there is no condition.</summary>
    public void When(string? condition, Action body)
    {
        if (condition is null) body();
        else Block($"if ({condition})", body);
    }

    public void Doc(string text, string tag = "summary")
    {
        if (text.Length > 0) Line($"/// <{tag}>{Escape(text)}</{tag}>");
    }

    public static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    public static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    public override string ToString() => _text.ToString();
}
