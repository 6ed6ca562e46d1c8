using System.Collections;
using System.Globalization;
using System.Text;

namespace DisklessKafka.Protocol;

/// <summary>Prints messages for logs: bounded, in one line, and without secrets.</summary>
public sealed class MessagePrinter
{
    private const int MostElements = 8;
    private const int MostTextLength = 128;

    private readonly StringBuilder _text = new();
    private bool _isFirst = true;

    public MessagePrinter(string name) => _text.Append(name).Append(" {");

    public MessagePrinter Add(string name, object? value)
    {
        Begin(name);
        Append(value);
        return this;
    }

    /// <summary>Says that the field is there, and nothing of what it holds.</summary>
    public MessagePrinter Secret(string name)
    {
        Begin(name);
        _text.Append("(secret)");
        return this;
    }

    public override string ToString() => _text + (_isFirst ? "}" : " }");

    private void Begin(string name)
    {
        _text.Append(_isFirst ? " " : ", ").Append(name).Append('=');
        _isFirst = false;
    }

    private void Append(object? value)
    {
        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case string text:
                AppendText(text);
                break;
            case byte[] bytes:
                _text.Append(CultureInfo.InvariantCulture, $"[{bytes.Length} bytes]");
                break;
            case ICollection items:
                AppendItems(items);
                break;
            case TopicName or GroupId or TransactionalId:
                AppendText(value.ToString()!);
                break;
            default:
                _text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }
    }

    private void AppendText(string text)
    {
        _text.Append('"').Append(text, 0, Math.Min(text.Length, MostTextLength));
        if (text.Length > MostTextLength) _text.Append('…');
        _text.Append('"');
    }

    private void AppendItems(ICollection items)
    {
        _text.Append('[');
        var printed = 0;
        foreach (var item in items)
        {
            if (printed == MostElements) break;
            if (printed++ > 0) _text.Append(", ");
            Append(item);
        }

        if (items.Count > printed) _text.Append(CultureInfo.InvariantCulture, $", … {items.Count - printed} more");
        _text.Append(']');
    }
}
