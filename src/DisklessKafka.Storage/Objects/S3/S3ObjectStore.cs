using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace DisklessKafka.Storage.Objects.S3;

/// <summary>
/// Objects in a bucket of S3 or of a server that speaks its protocol and knows <c>If-None-Match: *</c> on PUT.
/// Nothing is retried here: <see cref="Resilience.ResilientObjectStore"/> decides about that.
/// </summary>
/// <remarks>
/// Calls that carry objects go through HttpClient, with the body neither hashed nor copied (see <see cref="S3Signer"/>);
/// listing, deleting, credentials, regions and endpoints are the SDK's.
/// </remarks>
public sealed class S3ObjectStore : IObjectStore
{
    private const int MaxKeysPerDelete = 1000;  // S3's limit
    private const int ExpectContinueBytes = 1 << 20;  // from here on a refused body costs more than the extra round trip

    private readonly S3ObjectStoreOptions _options;
    private readonly S3Connection _connection;
    private readonly S3Errors _errors;

    private S3ObjectStore(S3ObjectStoreOptions options, S3Connection connection)
    {
        (_options, _connection) = (options, connection);
        _errors = new(options.Bucket, options.ToString());
    }

    /// <summary>Finds credentials and region; says nothing to the server yet.</summary>
    /// <exception cref="ObjectStoreException">There are none; the message says what to write.</exception>
    public static S3ObjectStore Open(S3ObjectStoreOptions options, TimeProvider time) =>
        new(options, S3Connection.Open(options, time));

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
        await WriteAsync(key, content, replace: true, cancellation);

    public ValueTask<bool> TryCreateAsync(string key, ReadOnlySequence<byte> content, CancellationToken cancellation) =>
        WriteAsync(key, content, replace: false, cancellation);

    private async ValueTask<bool> WriteAsync(
        string key, ReadOnlySequence<byte> content, bool replace, CancellationToken cancellation)
    {
        ObjectKey.Validate(key);
        var doing = $"write object '{key}'";
        var body = new SequenceContent(content);
        using var request = new HttpRequestMessage(HttpMethod.Put, _connection.AddressOf(_options.Prefix + key)) { Content = body };
        if (!replace)
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        if (content.Length >= ExpectContinueBytes)
            request.Headers.ExpectContinue = true;
        try
        {
            using var response = await _connection.SendAsync(request, S3Signer.UnsignedPayload, cancellation);
            if (response.IsSuccessStatusCode)
                return true;
            if (!replace && response.StatusCode is HttpStatusCode.PreconditionFailed)
                return false;
            throw await _errors.FromAsync(doing, response, cancellation);
        }
        catch (Exception error) when (IsFailure(error, cancellation))
        {
            throw _errors.From(doing, error);
        }
        finally
        {
            await body.ReleaseAsync();
        }
    }

    public async ValueTask<int?> TryReadAsync(string key, long position, Memory<byte> destination, CancellationToken cancellation)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var doing = $"read object '{key}'";
        // A range cannot be empty; without a body, HEAD still tells whether the object exists.
        var method = destination.IsEmpty ? HttpMethod.Head : HttpMethod.Get;
        using var request = new HttpRequestMessage(method, _connection.AddressOf(_options.Prefix + key));
        if (!destination.IsEmpty)
            request.Headers.Range = new(position, position + destination.Length - 1);
        try
        {
            using var response = await _connection.SendAsync(request, S3Signer.EmptyPayload, cancellation);
            if (destination.IsEmpty && response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable)
                return 0;
            if (response.StatusCode is HttpStatusCode.NotFound && await _errors.IsNoSuchKeyAsync(doing, response, cancellation))
                return null;
            if (!response.IsSuccessStatusCode)
                throw await _errors.FromAsync(doing, response, cancellation);
            if (position > 0 && response.StatusCode is not HttpStatusCode.PartialContent)
                throw new ObjectStoreException($"cannot {doing} in {_options}: the server does not honour ranges", isTransient: false);
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            // A body cut short throws here: its length was announced.
            return await body.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellation);
        }
        catch (Exception error) when (IsFailure(error, cancellation))
        {
            throw _errors.From(doing, error);
        }
    }

    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKey.ValidatePrefix(prefix);
        var request = new ListObjectsV2Request
        {
            BucketName = _options.Bucket,
            Prefix = _options.Prefix + prefix,
            StartAfter = startAfter is null ? null : _options.Prefix + startAfter,
        };
        do
        {
            var page = await ListAsync(request, prefix, cancellation);
            foreach (var found in page.S3Objects ?? [])
            {
                // Objects that others put beside ours under names no key can have are not ours to see.
                var key = found.Key[_options.Prefix.Length..];
                if (ObjectKey.Problem(key) is null && key.Length > 0)
                    yield return new(key, found.Size ?? 0, found.LastModified?.ToUniversalTime() ?? default);
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    private async Task<ListObjectsV2Response> ListAsync(ListObjectsV2Request request, string prefix, CancellationToken cancellation)
    {
        try
        {
            return await _connection.Sdk.ListObjectsV2Async(request, cancellation);
        }
        catch (Exception error) when (IsFailure(error, cancellation))
        {
            throw _errors.From($"list objects under '{prefix}'", error);
        }
    }

    /// <exception cref="PartialDeleteException">Some keys were not deleted; all batches were tried.</exception>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        foreach (var key in keys)
            ObjectKey.Validate(key);
        var failed = new FailedDeletes();
        foreach (var batch in keys.Distinct(StringComparer.Ordinal).Chunk(MaxKeysPerDelete))
            await DeleteBatchAsync(batch, failed, cancellation);
        failed.ThrowIfAny(_options.ToString());
        cancellation.ThrowIfCancellationRequested();
    }

    private async Task DeleteBatchAsync(string[] batch, FailedDeletes failed, CancellationToken cancellation)
    {
        var request = new DeleteObjectsRequest
        {
            BucketName = _options.Bucket,
            Objects = [.. batch.Select(key => new KeyVersion { Key = _options.Prefix + key })],
            Quiet = true,
        };
        try
        {
            await _connection.Sdk.DeleteObjectsAsync(request, cancellation);
        }
        catch (DeleteObjectsException some)
        {
            foreach (var error in some.Response.DeleteErrors ?? [])
                failed.Add(error.Key[_options.Prefix.Length..], $"{error.Code}: {error.Message}", S3Errors.IsTransient(default, error.Code));
        }
        catch (Exception error) when (IsFailure(error, cancellation))
        {
            var all = _errors.From("delete objects", error);
            foreach (var key in batch)
                failed.Add(key, all.Message, all.IsTransient);
        }
    }

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <remarks>A connection that takes too long to be made ends as cancelled, though nobody cancelled it.</remarks>
    private static bool IsFailure(Exception error, CancellationToken cancellation) => error
        is HttpRequestException or IOException or TimeoutException or AmazonServiceException or AmazonClientException
        || error is OperationCanceledException && !cancellation.IsCancellationRequested;
}
