using System.Buffers;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Tests.Messages;

namespace DisklessKafka.Protocol.Tests.CrossChecks;

/// <summary>
/// Our codecs against independent ones, so that a definition misread cannot agree with itself: we read what they wrote
/// and write the same bytes again, they read what we wrote, and both see the same values in the same order.
/// </summary>
public sealed class CrossCheckTests
{
    private const int Seeds = 3;

    /// <summary>Messages in which the library itself differs from Kafka, each with its reason.</summary>
    private static readonly Dictionary<string, string> KnownFaults = new(StringComparer.Ordinal)
    {
        ["kafka-python DescribeAcls request v2"] = "it writes the flexible version in the classic encoding",
        ["kafka-python DescribeAcls response v2"] = "it reads the flexible version in the classic encoding",
        ["kafka-python DescribeGroups response v3"] = "it has the authorized operations once behind all groups, and not in each",
        ["kafka-python FindCoordinator response v1"] = "it lacks the throttle time",
        ["kafka-python ListOffsets request v4"] = "it has the leader epoch as eight bytes",
        ["kafka-python ListOffsets request v5"] = "it has the leader epoch as eight bytes",
        ["kafka-python Produce response v8"] = "it lacks the record errors",
    };

    [Fact]
    public async Task Messages_of_kafka_python_read_and_write_the_same()
    {
        var foreign = await CrossCheck.PythonAsync("python_kafka.py");
        CheckAll(130 * Seeds, foreign.Select(message => CheckForeign("kafka-python", message)));
    }

    [Fact]
    public async Task Messages_of_platformatic_kafka_read_and_write_the_same()
    {
        var ours = OwnResponses();
        var foreign = await CrossCheck.NodeAsync("platformatic.mjs", ours);
        CheckAll(150, foreign.Requests.Select(message => CheckForeign("platformatic", message)));
        CheckAll(150 * Seeds, foreign.Readings.Select(reading => CheckReading("platformatic", ours[reading.Index], reading)));
        CheckAll(150, foreign.Apis.Select(CheckHeaders));
    }

    [Fact]
    public async Task Messages_of_kafkajs_read_and_write_the_same()
    {
        var ours = OwnResponses();
        var foreign = await CrossCheck.NodeAsync("kafkajs.mjs", ours);
        CheckAll(70, foreign.Requests.Select(message => CheckForeign("kafkajs", message)));
        CheckAll(70 * Seeds, foreign.Readings.Select(reading => CheckReading("kafkajs", ours[reading.Index], reading)));
    }

    /// <summary>Every response at every version, filled, for a library to read what it knows of them.</summary>
    private static List<ForeignMessage> OwnResponses()
    {
        var responses = new List<ForeignMessage>();
        foreach (var (type, version) in MessageTypes.Versions.Where(item => item.Type.Type.Name.EndsWith("Response", StringComparison.Ordinal)))
        {
            var api = ApiTable.Of(Enum.Parse<ApiKey>(type.Type.Name[..^"Response".Length]));
            for (var seed = 0; seed < Seeds; seed++)
            {
                var message = new MessageFiller(new Random(seed), nullChance: 0, withRecords: false).Create(type);
                Spare(message);
                var hex = Convert.ToHexStringLower(MessageType.Write(message, version));
                responses.Add(new ForeignMessage("response", api.Name, (short)api.Key, version, hex, WireLeaves.Of(message, version)));
            }
        }

        return responses;
    }

    /// <summary>Leaves out what the libraries do not read: anything behind ApiVersions' error, and a tag of CreateTopics.</summary>
    private static void Spare(IMessage message)
    {
        if (message is ApiVersionsResponse versions) versions.ErrorCode = ErrorCode.None;
        if (message is CreateTopicsResponse topics) topics.Topics.ForEach(topic => topic.TopicConfigErrorCode = ErrorCode.None);
    }

    private static string? CheckReading(string library, ForeignMessage ours, ForeignReading theirs)
    {
        var where = $"{library} reads {ours.Name}Response v{ours.Version} {ours.Hex}";
        if (KnownFaults.ContainsKey($"{library} {ours.Name} response v{ours.Version}")) return null;
        var refusal = Record.Exception(() =>
        {
            AssertSame(WithoutEmptyRecords(ours.Leaves), WithoutEmptyRecords(theirs.Leaves));
            Assert.Equal(0, theirs.Left);
        });
        return refusal is null && theirs.Error is null ? "" : $"{where}\n{theirs.Error}\n{refusal?.Message}";
    }

    /// <summary>Records are read in a way of their own by everyone, so they are left empty, and what is read of them is not compared.</summary>
    private static List<string> WithoutEmptyRecords(List<string> leaves) => [.. leaves.Where(leaf => leaf != "x:")];

    private static string? CheckHeaders(ForeignApi foreign)
    {
        if (!ApiTable.TryGet(foreign.Key, out var api) || !api.IsDefined(foreign.Version)) return null;
        var same = foreign.FlexibleRequestHeader == (api.RequestHeaderVersion(foreign.Version) == 2)
            && foreign.FlexibleResponseHeader == (api.ResponseHeaderVersion(foreign.Version) == 1);
        return same ? "" : $"{api.Name} v{foreign.Version}: request header with tags {foreign.FlexibleRequestHeader}, response header {foreign.FlexibleResponseHeader}";
    }

    /// <summary>Every check says null where we lack the version, an empty text for success, and what is wrong otherwise.</summary>
    private static void CheckAll(int least, IEnumerable<string?> checks)
    {
        var outcomes = checks.OfType<string>().ToList();
        var failures = outcomes.Where(outcome => outcome.Length > 0).ToList();
        Assert.True(failures.Count == 0, $"{failures.Count} of {outcomes.Count} differ:\n{string.Join("\n\n", failures.Take(40))}");
        Assert.True(outcomes.Count >= least, $"only {outcomes.Count} messages were checked");
    }

    private static string? CheckForeign(string library, ForeignMessage foreign)
    {
        if (!ApiTable.TryGet(foreign.Key, out var api) || !api.IsDefined(foreign.Version)) return null;
        if (KnownFaults.ContainsKey($"{library} {api.Name} {foreign.Kind} v{foreign.Version}")) return null;
        var name = api.Name + (foreign.Kind == "request" ? "Request" : "Response");
        var type = MessageTypes.Kafka.Single(type => type.Type.Name == name);
        var bytes = Convert.FromHexString(foreign.Hex);
        var where = $"{library} {name} v{foreign.Version} {foreign.Hex}";
        var refusal = Record.Exception(() =>
        {
            var message = type.Read(new ReadOnlySequence<byte>(bytes), foreign.Version, out var left);
            AssertSame(foreign.Leaves, WireLeaves.Of(message, foreign.Version));
            Assert.Equal(0, left);
            Assert.Equal(foreign.Hex, Convert.ToHexStringLower(MessageType.Write(message, foreign.Version)), ignoreCase: true);
        });
        return refusal is null ? "" : $"{where}\n{refusal.Message}";
    }

    private static void AssertSame(List<string> expected, List<string> actual)
    {
        var at = 0;
        while (at < expected.Count && at < actual.Count && expected[at] == actual[at]) at++;
        Assert.True(at == expected.Count && at == actual.Count,
            $"at value {at} of {expected.Count}, …{string.Join(" ", expected.Skip(at - 3).Take(6))}… became …{string.Join(" ", actual.Skip(at - 3).Take(6))}…");
    }
}
