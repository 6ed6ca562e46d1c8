using System.Buffers;
using DisklessKafka.Chaos.Reading;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Records;
using Xunit;

namespace DisklessKafka.Chaos.Tests;

public sealed class AbortedTransactionsTests
{
    private readonly AbortedTransactions _aborted = new();

    [Fact]
    public void From_its_first_offset_to_its_marker_an_aborted_transaction_is_hidden()
    {
        _aborted.Add([Told(producer: 9, firstOffset: 5)]);
        Assert.False(_aborted.Hides(Batch(producer: 9, offset: 3)));
        Assert.True(_aborted.Hides(Batch(producer: 9, offset: 5)));
        Assert.False(_aborted.Hides(Batch(producer: 8, offset: 6)));
        Assert.True(_aborted.Hides(Batch(producer: 9, offset: 7)));
        _aborted.Pass(Batch(producer: 9, offset: 8), isAbort: true);
        Assert.False(_aborted.Hides(Batch(producer: 9, offset: 9)));
    }

    [Fact]
    public void A_transaction_that_is_told_again_after_its_marker_hides_nothing_more()
    {
        _aborted.Add([Told(producer: 9, firstOffset: 5)]);
        Assert.True(_aborted.Hides(Batch(producer: 9, offset: 5)));
        _aborted.Pass(Batch(producer: 9, offset: 6), isAbort: true);
        _aborted.Add([Told(producer: 9, firstOffset: 5)]);
        Assert.False(_aborted.Hides(Batch(producer: 9, offset: 7)));
    }

    [Fact]
    public void Records_outside_of_transactions_are_never_hidden()
    {
        _aborted.Add([Told(producer: 9, firstOffset: 5)]);
        Assert.False(_aborted.Hides(Batch(producer: 9, offset: 5, isTransactional: false)));
    }

    private static FetchResponse.AbortedTransaction Told(long producer, long firstOffset) => new() { ProducerId = new(producer), FirstOffset = firstOffset };

    private static BatchHeader Batch(long producer, long offset, bool isTransactional = true)
    {
        var bytes = new BatchBuilder { BaseOffset = offset, ProducerId = producer, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = isTransactional }.Append(1, null, [1]).Build();
        return BatchHeader.TryRead(new ReadOnlySequence<byte>(bytes), out var header) ? header : throw new InvalidOperationException("not a batch");
    }
}
