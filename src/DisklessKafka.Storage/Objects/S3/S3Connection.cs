using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.S3;
using Amazon.S3.Model;

namespace DisklessKafka.Storage.Objects.S3;

/// <summary>The bucket's address, the credentials and the connections that the SDK and our own calls share.</summary>
internal sealed class S3Connection : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;
    private readonly AWSCredentials _credentials;
    private readonly S3Signer _signer;
    private readonly string _bucketAddress;

    private S3Connection(S3ObjectStoreOptions options, AWSCredentials credentials, TimeProvider time)
    {
        _handler = new()
        {
            MaxConnectionsPerServer = options.MaxConnections,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),  // so that changed DNS answers are noticed
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),  // below the 20 s after which S3 hangs up
            AllowAutoRedirect = false,
            UseCookies = false,
        };
        _http = new(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        _credentials = credentials;
        Sdk = new(credentials, Configure(options));
        _signer = new(Sdk.Config.RegionEndpoint?.SystemName ?? Sdk.Config.AuthenticationRegion ?? "us-east-1", time);
        _bucketAddress = Sdk.DetermineServiceOperationEndpoint(new GetObjectRequest { BucketName = options.Bucket, Key = "k" })
            .URL.TrimEnd('/');
    }

    public AmazonS3Client Sdk { get; }

    public static S3Connection Open(S3ObjectStoreOptions options, TimeProvider time)
    {
        var credentials = options.AccessKey is not null
            ? new BasicAWSCredentials(options.AccessKey, options.SecretKey)
            : FindCredentials(options);
        try
        {
            return new(options, credentials, time);
        }
        catch (AmazonClientException error)
        {
            throw new ObjectStoreException(
                $"cannot use {options}: it is not known where that is; add region= or endpoint= to the URL, or set AWS_REGION", isTransient: false, error);
        }
    }

    private static AWSCredentials FindCredentials(S3ObjectStoreOptions options)
    {
        try
        {
            return DefaultAWSCredentialsIdentityResolver.GetCredentials();
        }
        catch (AmazonClientException error)
        {
            throw new ObjectStoreException(
                $"cannot use {options}: no credentials were found in environment, profile or instance role; "
                + "add accessKey= and secretKey= to the URL, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", isTransient: false, error);
        }
    }

    public Uri AddressOf(string key) =>
        // As written: what is signed must be what is sent.
        new($"{_bucketAddress}/{S3Signer.EscapePath(key)}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>Returns when the answer's headers are there.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string payloadHash, CancellationToken cancellation)
    {
        _signer.Sign(request, payloadHash, await _credentials.GetCredentialsAsync());
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public void Dispose()
    {
        Sdk.Dispose();
        _http.Dispose();
        _handler.Dispose();
    }

    private AmazonS3Config Configure(S3ObjectStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            MaxErrorRetry = 0,
            ThrottleRetries = false,
            Timeout = Timeout.InfiniteTimeSpan,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientFactory = new SharedHandlerFactory(_handler),
        };
        if (options.Endpoint is { } endpoint)
            (config.ServiceURL, config.AuthenticationRegion) = (endpoint.ToString(), options.Region ?? "us-east-1");
        else if (options.Region is { } region)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        return config;
    }

    private sealed class SharedHandlerFactory(SocketsHttpHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
