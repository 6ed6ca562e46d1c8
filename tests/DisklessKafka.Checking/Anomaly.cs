using System.Text;
using DisklessKafka.Checking.Operations;

namespace DisklessKafka.Checking;

/// <summary>One broken promise, and the operations that show it.</summary>
public sealed record Anomaly(AnomalyKind Kind, string Text, IReadOnlyList<Operation> Operations)
{
    public override string ToString()
    {
        var text = new StringBuilder().Append(Kind).Append(": ").Append(Text);
        foreach (var operation in Operations)
            text.Append("\n    ").Append(operation);
        return text.ToString();
    }
}
