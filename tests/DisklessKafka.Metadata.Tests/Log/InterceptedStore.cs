using System.Buffers;
using System.Runtime.CompilerServices;
using DisklessKafka.Storage.Objects;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>A store whose creates and listings can be kept on their way.</summary>
internal sealed class InterceptedStore(IObjectStore inner) : IObjectStore
{
    private Func<Task<bool>>? _held;
    private TaskCompletionSource? _listings;

    /// <summary>The next create fails to its caller, and arrives only at <see cref="ReleaseHeldAsync"/>.</summary>
    public bool HoldsNextCreate { get; set; }

    /// <summary>Happens while the next create is on its way.</summary>
    public Func<Task>? BeforeNextCreate { get; set; }

    /// <summary>Listings wait from now on.</summary>
    public void HoldListings() => _listings ??= new();

    public void AnswerListings()
    {
        var held = _listings;
        _listings = null;
        held?.SetResult();
    }

    public Task<bool> ReleaseHeldAsync() => _held!();

    public async ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation)
    {
        if (HoldsNextCreate)
        {
            HoldsNextCreate = false;
            var copy = content.ToArray();
            _held = async () => await inner.TryCreateAsync(key, new(copy), default);
            throw new ObjectStoreException("injected: no answer", isTransient: true);
        }
        if (BeforeNextCreate is { } before)
        {
            BeforeNextCreate = null;
            await before();
        }
        return await inner.TryCreateAsync(key, content, cancellation);
    }

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) => inner.PutAsync(key, content, cancellation);

    public ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation) =>
        inner.TryReadAsync(key, position, destination, cancellation);

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (_listings is { } held) await held.Task.WaitAsync(cancellation);
        await foreach (var found in inner.ListAsync(prefix, startAfter, cancellation)) yield return found;
    }

    public ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => inner.DeleteAsync(keys, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
