using System.Net;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.S3;

namespace DisklessKafka.Storage.Objects.S3;

/// <summary>Turns the server's answers, and its silence, into what <see cref="IObjectStore"/> promises.</summary>
/// <param name="place">Bucket and address, for messages.</param>
internal sealed class S3Errors(string bucket, string place)
{
    private const int MaxBodyChars = 16 << 10;  // an error answer is some 500 bytes

    /// <param name="doing">"write object 'a/b'": what could not be done.</param>
    public async Task<ObjectStoreException> FromAsync(string doing, HttpResponseMessage response, CancellationToken cancellation)
    {
        var (code, message) = await ReadBodyAsync(response, cancellation);
        return From(doing, response.StatusCode, code, message, inner: null);
    }

    /// <summary>Whether an answer that something was not found means the object. HEAD's answer has no body to say that it is the bucket.</summary>
    /// <exception cref="ObjectStoreException">The bucket itself is not there.</exception>
    public async Task<bool> IsNoSuchKeyAsync(string doing, HttpResponseMessage response, CancellationToken cancellation)
    {
        var (code, message) = await ReadBodyAsync(response, cancellation);
        return code is not "NoSuchBucket" ? true : throw From(doing, response.StatusCode, code, message, inner: null);
    }

    /// <summary>For what the SDK or HttpClient threw.</summary>
    public ObjectStoreException From(string doing, Exception error) => error switch
    {
        AmazonS3Exception s3 => From(doing, s3.StatusCode, s3.ErrorCode, s3.Message, s3),
        HttpRequestException or OperationCanceledException when error.InnerException is { } inner => Unreachable(doing, inner.Message, error),
        HttpRequestException or IOException => Unreachable(doing, error.Message, error),
        AmazonServiceException { InnerException: { } inner } => Unreachable(doing, inner.Message, error),
        AmazonClientException => new($"cannot {doing} in {place}: {error.Message}", isTransient: false, error),
        _ => Unreachable(doing, error.Message, error),
    };

    private ObjectStoreException Unreachable(string doing, string why, Exception error) =>
        new($"cannot {doing}: no answer from {place}: {why}", isTransient: true, error);

    private ObjectStoreException From(string doing, HttpStatusCode status, string? code, string? message, Exception? inner)
    {
        var why = Explain(status, code) ?? (string.IsNullOrWhiteSpace(message) ? "it gave no reason" : message);
        return new($"cannot {doing} in {place}: {why} ({(int)status} {code})", IsTransient(status, code), inner);
    }

    /// <summary>True for answers that name a passing condition, whatever their status.</summary>
    public static bool IsTransient(HttpStatusCode status, string? code) => code switch
    {
        "SlowDown" or "ServiceUnavailable" or "Throttling" or "ThrottlingException" or "RequestLimitExceeded"
            or "TooManyRequests" or "InternalError" or "RequestTimeout" or "OperationAborted"
            or "ConditionalRequestConflict" or "ConcurrentModification" => true,
        "NotImplemented" => false,
        _ => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            || (int)status >= 500 && status is not HttpStatusCode.NotImplemented,
    };

    private string? Explain(HttpStatusCode status, string? code) => code switch
    {
        "NoSuchBucket" => $"the bucket '{bucket}' does not exist",
        "InvalidAccessKeyId" => "the access key is unknown there",
        "SignatureDoesNotMatch" => "the secret key is wrong",
        "AccessDenied" => "these credentials do not permit it",
        "ExpiredToken" => "the session token has expired",
        "RequestTimeTooSkewed" => "this machine's clock differs from the server's by too much",
        "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" =>
            "the bucket is in another region; name it with region=",
        "NotImplemented" => "the server does not know this kind of request",
        _ => status switch
        {
            HttpStatusCode.NotFound => $"there is no bucket '{bucket}', or no S3 server at that address",
            HttpStatusCode.Forbidden => "these credentials do not permit it",
            HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect => "the bucket is in another region; name it with region=",
            _ => null,
        },
    };

    private static async Task<(string? Code, string? Message)> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
            var chars = new char[MaxBodyChars];
            var count = await reader.ReadBlockAsync(chars, cancellation);
            var error = XDocument.Parse(new string(chars, 0, count)).Root;
            return (error?.Element("Code")?.Value, error?.Element("Message")?.Value);
        }
        catch (Exception unreadable) when (unreadable is XmlException or IOException or HttpRequestException)
        {
            return (null, null);  // the status alone has to do
        }
    }
}
