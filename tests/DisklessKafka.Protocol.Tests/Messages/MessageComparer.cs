using System.Buffers;
using System.Collections;

namespace DisklessKafka.Protocol.Tests.Messages;

/// <summary>Compares a message with what was read back, property by property.</summary>
internal static class MessageComparer
{
    /// <summary>False where a null stands that the version forbids.</summary>
    public static bool CanWrite(IMessage message, short version)
    {
        try
        {
            var counter = WireWriter.Counting();
            message.Write(ref counter, version);
            return true;
        }
        catch (InvalidOperationException e) when (e.Message.EndsWith($"cannot be null in version {version}.", StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <summary>Every property is either as it was, or at its default because the version lacks it.</summary>
    public static void AssertSame(IMessage expected, IMessage actual, MessageType type, short version) =>
        AssertSame(expected, actual, $"{type} v{version}");

    private static void AssertSame(object expected, object actual, string path)
    {
        var fresh = Activator.CreateInstance(expected.GetType())!;
        foreach (var property in MessageFiller.Properties(expected.GetType()))
        {
            var (want, got, fallback) = (property.GetValue(expected), property.GetValue(actual), property.GetValue(fresh));
            if (Same(want, got, path + "." + property.Name) || Same(fallback, got, "")) continue;
            Assert.Fail($"{path}.{property.Name}: expected {Show(want)} or the default {Show(fallback)}, got {Show(got)}");
        }
    }

    private static bool Same(object? expected, object? actual, string path)
    {
        switch (expected, actual)
        {
            case (null, null):
                return true;
            case (null, _) or (_, null):
                return false;
            case (RecordsField left, RecordsField right):
                return left.IsNull == right.IsNull && left.Sequence.ToArray().AsSpan().SequenceEqual(right.Sequence.ToArray());
            case (string or byte[] or TopicName or GroupId or TransactionalId, _):
                return expected is byte[] bytes ? bytes.AsSpan().SequenceEqual((byte[])actual) : expected.Equals(actual);
            case (IList left, IList right):
                return left.Count == right.Count && Enumerable.Range(0, left.Count).All(i => Same(left[i], right[i], $"{path}[{i}]"));
        }

        if (expected.GetType().Namespace is "DisklessKafka.Protocol" or "System") return expected.Equals(actual);
        if (path.Length == 0) return MessageFiller.Properties(expected.GetType()).All(property => Same(property.GetValue(expected), property.GetValue(actual), ""));
        AssertSame(expected, actual, path);
        return true;
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        byte[] bytes => Convert.ToHexString(bytes),
        IEnumerable items and not string => "[" + string.Join(", ", items.Cast<object>()) + "]",
        _ => value.ToString()!,
    };
}
