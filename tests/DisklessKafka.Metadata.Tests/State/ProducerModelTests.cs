using DisklessKafka.Metadata.State;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

/// <summary>Random batches, retries, gaps and epochs against the rules written down as simply as can be.</summary>
public sealed class ProducerModelTests
{
    private sealed record Accepted(short Epoch, long First, long Last, long Offset);

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Every_batch_gets_what_the_simple_model_says(int seed)
    {
        var random = new Random(seed);
        var driver = StateDriver.WithAlice();
        var topic = driver.CreateTopic("t", 2);
        var model = new Dictionary<(int Producer, int Partition), List<Accepted>>();
        var ends = new long[2];
        for (var round = 0; round < 1_500; round++)
        {
            var sequence = round;
            var partition = random.Next(2);
            var batches = Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Draw(random, model, partition)).ToList();
            var outcome = driver.Commit(StateDriver.Alice, sequence, commit =>
            {
                commit.BeginPiece(topic.Ordinal, partition, 0);
                foreach (var batch in batches) commit.Add(10, batch.Count, 1, batch.Producer, batch.Epoch, (int)batch.First);
            });
            for (var i = 0; i < batches.Count; i++)
            {
                var expected = Expect(model, batches[i], partition, ref ends[partition]);
                Assert.Equal(expected, (outcome.Batches[i].Status, outcome.Batches[i].BaseOffset));
            }

            Assert.Equal(ends[partition], topic.Find(partition)!.View.HighWatermark);
        }
    }

    private static (int Producer, short Epoch, long First, int Count) Draw(Random random, Dictionary<(int, int), List<Accepted>> model, int partition)
    {
        var producer = random.Next(3);
        var count = 1 + random.Next(5);
        if (!model.TryGetValue((producer, partition), out var history))
            return (producer, (short)random.Next(3), random.Next(2) == 0 ? 0 : int.MaxValue - random.Next(20), count);
        var last = history[^1];
        return random.Next(10) switch
        {
            0 => (producer, (short)(last.Epoch + 1), random.Next(3) == 0 ? 5 : 0, count),
            1 when last.Epoch > 0 => (producer, (short)(last.Epoch - 1), 0, count),
            2 => (producer, last.Epoch, Wrap(last.Last + 2), count),
            3 or 4 => Again(history[random.Next(history.Count)], producer),
            _ => (producer, last.Epoch, Wrap(last.Last + 1), count),
        };
    }

    private static (int, short, long, int) Again(Accepted batch, int producer) => (producer, batch.Epoch, batch.First, (int)(batch.Last - batch.First + 1));

    private static (BatchStatus, long) Expect(
        Dictionary<(int, int), List<Accepted>> model, (int Producer, short Epoch, long First, int Count) batch, int partition, ref long end)
    {
        var history = model.TryGetValue((batch.Producer, partition), out var found) ? found : model[(batch.Producer, partition)] = [];
        var last = batch.First + batch.Count - 1; // not wrapped: 2^31-1+1 in the model is 2^31
        if (history.Count > 0)
        {
            var newest = history[^1];
            if (batch.Epoch < newest.Epoch) return (BatchStatus.StaleProducerEpoch, -1);
            var same = history.Where(old => old.Epoch == batch.Epoch).TakeLast(5).FirstOrDefault(old => old.First == batch.First && old.Last == last);
            if (same is not null) return (BatchStatus.Duplicate, same.Offset);
            var next = batch.Epoch == newest.Epoch ? Wrap(newest.Last + 1) : 0;
            if (batch.First != next) return (BatchStatus.OutOfOrderSequence, -1);
        }

        history.Add(new Accepted(batch.Epoch, batch.First, last, end));
        end += batch.Count;
        return (BatchStatus.Appended, end - batch.Count);
    }

    private static long Wrap(long sequence) => sequence % (1L << 31);
}
