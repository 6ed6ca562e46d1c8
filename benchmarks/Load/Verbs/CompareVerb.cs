using System.Text.Json.Nodes;
using DisklessKafka.Load.Peers;

namespace DisklessKafka.Load.Verbs;

/// <summary>The same produce load, by turns, on librdkafka's in-memory mock broker and on the broker given: figures and their ratio.</summary>
internal static class CompareVerb
{
    public static async Task<JsonObject> RunAsync(ProduceLoad load, int rounds)
    {
        var (mocks, brokers) = (new JsonArray(), new JsonArray());
        for (var round = 0; round < rounds; round++)
        {
            using (var mock = PeerProcess.Start("mock", "--topic", load.Topic, "--partitions", $"{load.Partitions}"))
                mocks.Add(await ProduceVerb.RunAsync(load with { Bootstrap = mock.Bootstrap, ServerProcess = mock.Id }));
            Report.Note($"round {round + 1}: mock broker {Rate(mocks[^1]!)} MiB/s");
            brokers.Add(await ProduceVerb.RunAsync(load with { Topic = $"{load.Topic}-{round}" }));
            Report.Note($"round {round + 1}: broker {Rate(brokers[^1]!)} MiB/s");
        }

        return new JsonObject
        {
            ["verb"] = "compare",
            ["mockMedianMebibytesPerSecond"] = Median(mocks),
            ["brokerMedianMebibytesPerSecond"] = Median(brokers),
            ["ratio"] = Report.Round(Median(brokers) / Median(mocks)),
            ["mock"] = mocks,
            ["broker"] = brokers,
        };
    }

    private static double Rate(JsonNode report) => report["mebibytesPerSecond"]!.GetValue<double>();

    private static double Median(JsonArray reports) => reports.Select(report => Rate(report!)).Order().ElementAt(reports.Count / 2);
}
