using System.Text;
using DisklessKafka.Compatibility.Tests.Backends;
using DisklessKafka.Compatibility.Tests.Clients;
using DisklessKafka.TestKit.Processes;
using Xunit;

namespace DisklessKafka.Compatibility.Tests.LargeFile;

/// <summary>More than 100 MB of real text goes in through kcat, line by line, and comes out byte for byte.</summary>
public abstract class LargeFileTests(RunningAgent agent)
{
    private const long FileBytes = 105_000_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("none")]
    [InlineData("zstd")]
    public async Task A_large_file_comes_out_of_one_partition_as_it_went_in(string compression)
    {
        using var folder = new ScratchFolder("large");
        TextCorpus.Write(folder.Of("in"), FileBytes, withKeys: false);
        var topic = RunningAgent.NewTopic($"large-{compression}");

        await KcatClient.RunAsync(agent.Bootstrap, ["-P", "-t", topic, "-p", "0", "-z", compression, "-l", folder.Of("in")], limit: Limit);
        await ReadPartitionAsync(topic, 0, "%s\n", folder.Of("out"));

        AssertSameFile(folder.Of("in"), folder.Of("out"));
    }

    [Fact]
    public async Task Lines_with_keys_come_out_of_several_partitions_in_their_order()
    {
        const int partitions = 6;
        using var folder = new ScratchFolder("large-keys");
        TextCorpus.Write(folder.Of("in"), FileBytes, withKeys: true);
        var topic = RunningAgent.NewTopic("large-keys");
        var created = await AllClients.Reference.AdministerAsync(agent.Bootstrap, AdminStep.CreateTopic(topic, partitions));
        Assert.Null(created[0].Error);

        await KcatClient.RunAsync(agent.Bootstrap, ["-P", "-t", topic, "-K", "\t", "-X", "enable.idempotence=true", "-l", folder.Of("in")], limit: Limit);
        var outputs = Enumerable.Range(0, partitions).Select(partition => folder.Of($"out-{partition}")).ToArray();
        for (var partition = 0; partition < partitions; partition++)
            await ReadPartitionAsync(topic, partition, "%k\t%s\n", outputs[partition]);

        AssertSplitByKey(folder.Of("in"), outputs);
    }

    private async Task ReadPartitionAsync(string topic, int partition, string format, string path)
    {
        await using var output = File.Create(path);
        await KcatClient.RunAsync(agent.Bootstrap, ["-C", "-t", topic, "-p", $"{partition}", "-o", "beginning", "-e", "-q", "-f", format], output: output, limit: Limit);
    }

    private static void AssertSameFile(string expectedPath, string actualPath)
    {
        using var expected = File.OpenRead(expectedPath);
        using var actual = File.OpenRead(actualPath);
        byte[] left = new byte[1 << 20], right = new byte[1 << 20];
        for (long position = 0; ; position += left.Length)
        {
            var leftCount = expected.ReadAtLeast(left, left.Length, throwOnEndOfStream: false);
            var rightCount = actual.ReadAtLeast(right, right.Length, throwOnEndOfStream: false);
            var same = left.AsSpan(0, leftCount).CommonPrefixLength(right.AsSpan(0, rightCount));
            Assert.True(same == leftCount && same == rightCount, $"the files differ at byte {position + same}; they have {expected.Length} and {actual.Length}");
            if (leftCount == 0)
                return;
        }
    }

    /// <summary>Each key is in one partition, and a partition holds exactly the lines of its keys, in their order.</summary>
    private static void AssertSplitByKey(string inputPath, string[] outputPaths)
    {
        var partitionOfKey = new Dictionary<string, int>();
        for (var partition = 0; partition < outputPaths.Length; partition++)
        {
            foreach (var key in File.ReadLines(outputPaths[partition], Encoding.Latin1).Select(KeyOf).Distinct())
                Assert.True(partitionOfKey.TryAdd(key, partition), $"{key} is in more than one partition");
        }

        Assert.True(partitionOfKey.Values.Distinct().Count() > 1, "all lines are in one partition");
        var outputs = outputPaths.Select(path => new LineReader(path)).ToArray();
        try
        {
            using var input = new LineReader(inputPath);
            for (long number = 1; input.Read() is { } line; number++)
            {
                var output = outputs[partitionOfKey[KeyOf(line)]];
                var read = output.Read();
                Assert.True(line == read, $"line {number} was '{line}' and came out as '{read}'");
            }

            Assert.All(outputs, output => Assert.Null(output.Read()));
        }
        finally
        {
            Array.ForEach(outputs, output => output.Dispose());
        }
    }

    private static string KeyOf(string line) => line[..line.IndexOf('\t', StringComparison.Ordinal)];

    /// <summary>Lines ended by a line feed alone: a carriage return is part of the text. Bytes become characters one to one.</summary>
    private sealed class LineReader(string path) : IDisposable
    {
        private readonly BufferedStream _file = new(File.OpenRead(path), 1 << 20);
        private readonly StringBuilder _line = new();

        public string? Read()
        {
            _line.Clear();
            int next;
            while ((next = _file.ReadByte()) is not -1 and not '\n')
                _line.Append((char)next);
            return next == -1 && _line.Length == 0 ? null : _line.ToString();
        }

        public void Dispose() => _file.Dispose();
    }
}

[Collection(EmbeddedCollection.Name)]
public sealed class LargeFileOnEmbeddedStore(EmbeddedAgent agent) : LargeFileTests(agent);

[Collection(ServersCollection.Name)]
public sealed class LargeFileOnPostgresAndS3(ServersAgent agent) : LargeFileTests(agent);
