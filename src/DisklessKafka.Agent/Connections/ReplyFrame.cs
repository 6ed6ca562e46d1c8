using System.Buffers;
using DisklessKafka.Protocol;

namespace DisklessKafka.Agent.Connections;

/// <summary>An answer, measured: length prefix, header and body go straight into the pipe without a buffer of their own.</summary>
internal readonly struct ReplyFrame
{
    private const int PrefixBytes = 4;

    private readonly IMessage _response;

    public ReplyFrame(PendingReply reply, IMessage response)
    {
        Reply = reply;
        _response = response;
        var counter = WireWriter.Counting();
        WriteMessage(ref counter);
        TotalBytes = PrefixBytes + counter.BytesWritten;
    }

    public PendingReply Reply { get; }

    /// <summary>Length prefix included.</summary>
    public long TotalBytes { get; }

    public void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new WireWriter(output);
        writer.WriteInt32(checked((int)(TotalBytes - PrefixBytes)));
        WriteMessage(ref writer);
        if (writer.BytesWritten != TotalBytes) throw new InvalidOperationException($"the answer measured {TotalBytes} bytes and took {writer.BytesWritten}");
        writer.Flush();
    }

    private void WriteMessage(ref WireWriter writer)
    {
        writer.WriteInt32(Reply.Context.CorrelationId);
        if (Reply.ResponseHeaderHasTags) writer.WriteNoTags();
        _response.Write(ref writer, Reply.ResponseVersion);
    }
}
