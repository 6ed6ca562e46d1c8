using DisklessKafka.Metadata.Log.Postgres;
using DisklessKafka.TestKit.Servers;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>One server for all tests that do no harm to it; each test takes a schema of its own. DISKLESS_TEST_POSTGRES_URL names another server.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;
    private string _url = "";
    private int _schemas;

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("DISKLESS_TEST_POSTGRES_URL") is { Length: > 0 } given)
        {
            _url = given;
            return;
        }
        _server = await PostgresServer.StartAsync();
        _url = _server.Url;
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>Options for a log that no other test uses.</summary>
    public PostgresLogOptions NewLog() => PostgresUrl.Parse(_url) with
    {
        Schema = $"log_{Environment.ProcessId}_{Interlocked.Increment(ref _schemas)}",
        GenerationBytes = 0, // each trim starts a new table
    };
}

[CollectionDefinition(nameof(PostgresFixture))]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>;
