using System.Buffers;
using DisklessKafka.Storage.Objects.Resilience;

namespace DisklessKafka.Storage.Objects.S3;

/// <summary>
/// <c>s3://BUCKET/PREFIX</c>, with <c>endpoint</c>, <c>region</c>, <c>pathStyle</c>, <c>accessKey</c> and <c>secretKey</c>;
/// what is left out comes from the usual AWS settings. With an endpoint, path style is the default.
/// </summary>
public sealed class S3ObjectStoreUrl : ObjectStoreUrl
{
    private static readonly SearchValues<char> BucketCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    private readonly UrlParameters _parameters;

    private S3ObjectStoreUrl(string bucket, string prefix, UrlParameters parameters)
    {
        _parameters = parameters;
        var endpoint = Endpoint(parameters);
        Options = new()
        {
            Bucket = bucket,
            Prefix = prefix.Length == 0 || prefix.EndsWith('/') ? prefix : prefix + '/',
            Endpoint = endpoint,
            Region = parameters.Text("region"),
            PathStyle = parameters.YesOrNo("pathStyle") ?? endpoint is not null,
            AccessKey = parameters.Text("accessKey"),
            SecretKey = parameters.Text("secretKey"),
        };
        Check(bucket, prefix);
    }

    public S3ObjectStoreOptions Options { get; }

    public override string Redacted => $"s3://{Options.Bucket}/{Options.Prefix}{_parameters}";

    public override IObjectStore OpenBare(ObjectStoreServices services) => S3ObjectStore.Open(Options, services.Time);

    private protected override ResilienceOptions Resilience => new();

    internal static S3ObjectStoreUrl ParseRest(string rest)
    {
        var (place, query) = Split(rest, '?');
        var (bucket, prefix) = Split(place, '/');
        return new(bucket, prefix, UrlParameters.Parse("s3://", query, "endpoint", "region", "pathStyle", "accessKey", "secretKey"));
    }

    private void Check(string bucket, string prefix)
    {
        if (bucket.Length == 0)
            throw new FormatException("s3:// needs a bucket: s3://BUCKET/PREFIX");
        if (bucket.AsSpan().ContainsAnyExcept(BucketCharacters))
            throw new FormatException(bucket.Contains('@', StringComparison.Ordinal)
                ? "s3:// takes credentials as parameters: s3://BUCKET/PREFIX?accessKey=…&secretKey=…"
                : $"'{bucket}' cannot be a bucket's name");
        if (prefix.Length > 0 && ObjectKey.Problem(prefix.TrimEnd('/')) is { } problem)
            throw new FormatException($"the prefix '{prefix}' {problem}");
        if (Options.AccessKey is null != Options.SecretKey is null)
            throw new FormatException("accessKey and secretKey go together: give both, or neither to use the usual AWS settings");
    }

    private static Uri? Endpoint(UrlParameters parameters)
    {
        if (parameters.Text("endpoint") is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint is { Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "" })
            return endpoint;
        throw new FormatException($"endpoint={text} must be an address such as endpoint=http://127.0.0.1:9000");
    }

    private static (string Before, string After) Split(string text, char at)
    {
        var index = text.IndexOf(at, StringComparison.Ordinal);
        return index < 0 ? (text, "") : (text[..index], text[(index + 1)..]);
    }
}
