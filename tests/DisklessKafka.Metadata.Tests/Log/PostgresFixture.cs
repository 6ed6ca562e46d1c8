using DisklessKafka.Metadata.Log.Postgres;
using DisklessKafka.TestKit.Servers;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

/// <summary>One server for all tests that do no harm to it; each test takes a schema of its own. DISKLESS_TEST_POSTGRES_URL names another server.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? server;
    private string url = "";
    private int schemas;

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("DISKLESS_TEST_POSTGRES_URL") is { Length: > 0 } given)
        {
            url = given;
            return;
        }
        server = await PostgresServer.StartAsync();
        url = server.Url;
    }

    public async Task DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
    }

    /// <summary>Options for a log that no other test uses.</summary>
    public PostgresLogOptions NewLog() => PostgresUrl.Parse(url) with
    {
        Schema = $"log_{Environment.ProcessId}_{Interlocked.Increment(ref schemas)}",
        GenerationBytes = 0, // each trim starts a new table
    };
}

[CollectionDefinition(nameof(PostgresFixture))]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>;
