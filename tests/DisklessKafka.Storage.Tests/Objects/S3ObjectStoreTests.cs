using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Local;
using DisklessKafka.TestKit.Servers;

namespace DisklessKafka.Storage.Tests.Objects;

public sealed class S3ObjectStoreContract : ObjectStoreContract
{
    protected override async Task<IObjectStore> OpenAsync() =>
        ObjectStoreUrl.Parse((await S3Server.SharedAsync()).NewUrl()).OpenBare(ObjectStoreTesting.Services());
}
