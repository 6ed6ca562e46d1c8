using System.Net;
using System.Net.Sockets;
using DisklessKafka.Agent.Options;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Cli.Admin;

/// <summary>Says in one line why something could not be done; the verbs print it and nothing else.</summary>
internal sealed class AdminException(string message) : Exception(message);

/// <summary>Speaks to one broker of a cluster, ours or another: whichever of the bootstrap addresses answers first. Through it all others can be reached.</summary>
internal sealed class AdminClient : IAsyncDisposable
{
    /// <summary>Long enough for a cluster that fails over, short enough for a person who waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const short MetadataVersion = 9;

    private readonly BrokerConnection _connection;
    private readonly TimeProvider _time;
    private readonly List<AdminClient> _others = [];
    private Dictionary<ApiKey, (short Min, short Max)> _served = [];

    private AdminClient(BrokerConnection connection, TimeProvider time) => (_connection, _time) = (connection, time);

    public DateTimeOffset Now => _time.GetUtcNow();

    /// <param name="bootstrap">HOST:PORT, or several with commas.</param>
    public static async Task<AdminClient> ConnectAsync(string bootstrap, TimeProvider time)
    {
        var reasons = new List<string>();
        foreach (var text in bootstrap.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var address = HostPort.Parse(text);
            try
            {
                var connection = await BrokerConnection.ConnectAsync(IPAddress.TryParse(address.Host, out var ip) ? new IPEndPoint(ip, address.Port) : new DnsEndPoint(address.Host, address.Port)).WaitAsync(Patience, time);
                var client = new AdminClient(connection, time);
                await client.NegotiateAsync();
                return client;
            }
            catch (Exception e) when (e is SocketException or IOException or TimeoutException)
            {
                reasons.Add($"{text}: {e.Message}");
            }
        }

        throw new AdminException(reasons.Count == 0 ? "--bootstrap names no broker; write HOST:PORT" : $"no broker answers: {string.Join("; ", reasons)}");
    }

    /// <summary>With the newest version that both sides know, up to <paramref name="newest"/>.</summary>
    public async Task<TResponse> SendAsync<TRequest, TResponse>(IRequest<TRequest, TResponse> request, short newest)
        where TRequest : IRequest<TRequest, TResponse> where TResponse : IMessage<TResponse>
    {
        var key = TRequest.ApiKey;
        if (!_served.TryGetValue(key, out var versions)) throw new AdminException($"this broker does not serve {key}");
        var version = Math.Min(newest, versions.Max);
        if (version < versions.Min) throw new AdminException($"this broker serves {key} from version {versions.Min} on, which is newer than this tool");
        try
        {
            return await _connection.SendAsync(request, version).WaitAsync(Patience, _time);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            throw new AdminException($"{key}: {e.Message}");
        }
    }

    public bool Serves(ApiKey key) => _served.ContainsKey(key);

    /// <summary>All brokers: each lists what it coordinates, so only all of them together list everything.</summary>
    /// <exception cref="AdminException">One of them cannot be reached: a list with gaps would pass for the whole.</exception>
    public async Task<IReadOnlyList<AdminClient>> EveryBrokerAsync()
    {
        if (_others.Count > 0) return _others;
        var brokers = (await SendAsync(new MetadataRequest { AllowAutoTopicCreation = false, Topics = [] }, MetadataVersion)).Brokers;
        if (brokers.Count <= 1) return [this];
        foreach (var broker in brokers) _others.Add(await ConnectAsync(new HostPort(broker.Host, broker.Port).ToString(), _time));
        return _others;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others) await other.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task NegotiateAsync()
    {
        var response = await _connection.SendAsync(new ApiVersionsRequest { ClientSoftwareName = "diskless", ClientSoftwareVersion = "1" }, 3).WaitAsync(Patience, _time);
        _served = response.ApiKeys.ToDictionary(api => (ApiKey)api.ApiKey, api => (api.MinVersion, api.MaxVersion));
    }
}
