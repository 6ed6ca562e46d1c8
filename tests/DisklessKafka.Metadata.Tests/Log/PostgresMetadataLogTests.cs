using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.Log.Postgres;
using Xunit;

namespace DisklessKafka.Metadata.Tests.Log;

[Collection(nameof(PostgresFixture))]
public sealed class PostgresMetadataLogTests(PostgresFixture postgres) : MetadataLogContract
{
    private readonly PostgresLogOptions _options = postgres.NewLog();

    protected override async ValueTask<IMetadataLog> OpenCoreAsync() => await PostgresMetadataLog.OpenAsync(_options, default);
}
