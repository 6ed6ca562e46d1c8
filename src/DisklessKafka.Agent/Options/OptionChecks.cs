using DisklessKafka.Agent.Configs;

namespace DisklessKafka.Agent.Options;

/// <summary>What only shows when options are seen together.</summary>
internal static class OptionChecks
{
    /// <summary>Fills in what follows from other options.</summary>
    /// <exception cref="OptionException">The options contradict each other.</exception>
    public static AgentOptions Complete(AgentOptions options, IReadOnlyList<GivenOption> given)
    {
        if (options.Data is not null && given.FirstOrDefault(item => item.Option.Name is "objects" or "metadata") is { Option: not null } other)
        {
            var data = given.Last(item => item.Option.Name == "data");
            throw new OptionException($"{data.Where} and {other.Where} contradict each other: data is short for objects file:{options.Data}/objects with metadata bucket:, so leave one of them out");
        }
        if (options.Objects.Length == 0)
        {
            var data = options.Data ?? "./data";
            options = options with { Objects = $"file:{data}/objects", Data = data };
        }
        Check(options);
        return options;
    }

    public static IEnumerable<string> Warnings(AgentOptions options)
    {
        if (options.Metadata.StartsWith("memory:", StringComparison.OrdinalIgnoreCase) && !options.Objects.StartsWith("memory:", StringComparison.OrdinalIgnoreCase))
            yield return $"metadata memory: is forgotten when the agent stops, while the records in {Secrets.Redact(options.Objects)} stay behind unreachable; use metadata bucket: to keep them";
    }

    private static void Check(AgentOptions options)
    {
        if (options.Http is { Port: not 0 } http && http.Port == options.Listen.Port && (http.Host == options.Listen.Host || http.IsAny || options.Listen.IsAny))
            throw new OptionException($"--listen {options.Listen} and --http {http} share a port: give one of them another");
        if (options.GatheringDelay > options.FlushInterval)
            throw new OptionException($"--gathering-delay {OptionText.Show(options.GatheringDelay)} is longer than --flush-interval {OptionText.Show(options.FlushInterval)}: make it shorter");
        var beingStored = (long)options.SegmentBytes * (options.UploadsInFlight + 1);
        if (options.BufferBytes < beingStored)
            throw new OptionException($"--buffer-bytes {OptionText.Show(options.BufferBytes)} holds less than the segments being filled and uploaded: write at least {OptionText.Show(beingStored)}, or fewer --uploads-in-flight, or a smaller --segment-bytes");
        if (options.CacheBytes < 4L * options.CacheChunkBytes)
            throw new OptionException($"--cache-bytes {OptionText.Show(options.CacheBytes)} holds fewer than four chunks: write at least {OptionText.Show(4L * options.CacheChunkBytes)}, or a smaller --cache-chunk-bytes");

        var settings = options.BrokerSettings;
        var largestRequest = settings.Int(BrokerConfigs.SocketRequestMaxBytes);
        if (options.BufferBytes < largestRequest)
            throw new OptionException($"--buffer-bytes {OptionText.Show(options.BufferBytes)} cannot hold the largest request: write at least {OptionText.Show(largestRequest)}, or --set {BrokerConfigs.SocketRequestMaxBytes}={options.BufferBytes}");
        var largestBatch = settings.Int("message.max.bytes");
        if (largestBatch >= largestRequest)
            throw new OptionException($"--set message.max.bytes={largestBatch} does not fit in a request: write less than {BrokerConfigs.SocketRequestMaxBytes} ({largestRequest})");
        if (TopicConfigs.ValidateAll([], settings) is { } error)
            throw new OptionException($"--set: {error}");
    }
}
