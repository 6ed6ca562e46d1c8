using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;

namespace DisklessKafka.Storage.Objects.S3;

/// <summary>
/// Signs requests with AWS Signature Version 4 in the Authorization header.
/// Source: AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
/// </summary>
/// <remarks>
/// The SDK signs all calls but those that carry objects. Over plain HTTP it insists on hashing the body and it reads it
/// through copies, at four times the CPU time of a put; the protocol requires neither.
/// </remarks>
internal sealed class S3Signer(string region, TimeProvider time)
{
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";
    public const string EmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";

    /// <summary>Adds date, payload hash and signature; every header that the request has by now is covered.</summary>
    public void Sign(HttpRequestMessage request, string payloadHash, ImmutableCredentials credentials)
    {
        var stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.Add("x-amz-content-sha256", payloadHash);
        request.Headers.Add("x-amz-date", stamp);
        if (credentials.UseToken)
            request.Headers.Add("x-amz-security-token", credentials.Token);

        var headers = Headers(request);
        var signedHeaders = string.Join(';', headers.Keys);
        var uri = request.RequestUri!;
        var canonical = new StringBuilder()
            .Append(request.Method).Append('\n')
            .Append(uri.AbsolutePath).Append('\n')
            .Append('\n');  // none of the requests signed here has a query
        foreach (var (name, value) in headers)
            canonical.Append(name).Append(':').Append(value).Append('\n');
        canonical.Append('\n').Append(signedHeaders).Append('\n').Append(payloadHash);

        var day = stamp[..8];
        var scope = $"{day}/{region}/s3/{Terminator}";
        var toSign = $"{Algorithm}\n{stamp}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        var signature = Hex(Hmac(Key(credentials.SecretKey, day), toSign));
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={credentials.AccessKey}/{scope},SignedHeaders={signedHeaders},Signature={signature}");
    }

    /// <summary>A path as it is signed and sent: every byte but the unreserved ones and '/' as %XX.</summary>
    public static string EscapePath(string path) =>
        string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static SortedDictionary<string, string> Headers(HttpRequestMessage request)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = request.RequestUri!.Authority };
        foreach (var (name, values) in request.Headers.NonValidated)
            headers[name.ToLowerInvariant()] = values.ToString().Trim();
        headers.Remove("expect");  // belongs to the connection; proxies may drop it
        return headers;
    }

    private byte[] Key(string secret, string day)
    {
        var key = Hmac(Encoding.UTF8.GetBytes("AWS4" + secret), day);
        return Hmac(Hmac(Hmac(key, region), "s3"), Terminator);
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
