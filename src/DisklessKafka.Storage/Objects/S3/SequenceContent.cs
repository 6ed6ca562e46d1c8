using System.Buffers;
using System.Net;

namespace DisklessKafka.Storage.Objects.S3;

/// <summary>A request body straight from the caller's blocks, none of it copied on the way to the connection.</summary>
/// <remarks>
/// HttpClient may answer or give up while a write of the body is still under way, but the blocks are only lent to us.
/// <see cref="ReleaseAsync"/> says when nobody reads them any more.
/// </remarks>
internal sealed class SequenceContent(ReadOnlySequence<byte> content) : HttpContent
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _sending;
    private bool _released;

    /// <summary>After this, the blocks are not read again. To be called when the request has ended, in whatever way.</summary>
    public Task ReleaseAsync()
    {
        lock (_gate)
        {
            _released = true;
            return _sending?.Task ?? Task.CompletedTask;
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_released || _sending is { Task.IsCompleted: false })
                throw new IOException("the content is being sent already, or not ours to read any more");
            _sending = done;
        }

        try
        {
            foreach (var block in content)
                await stream.WriteAsync(block, cancellationToken);
        }
        finally
        {
            done.SetResult();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = content.Length;
        return true;
    }
}
