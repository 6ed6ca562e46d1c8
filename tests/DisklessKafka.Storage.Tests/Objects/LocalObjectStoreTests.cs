using DisklessKafka.Storage.Objects;
using DisklessKafka.Storage.Objects.Local;

namespace DisklessKafka.Storage.Tests.Objects;

public sealed class LocalObjectStoreContract : ObjectStoreContract
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("objects-");

    protected override Task<IObjectStore> OpenAsync() =>
        Task.FromResult<IObjectStore>(LocalObjectStore.Open(folder.FullName, new BlockingIoScheduler()));

    protected override Task CloseAsync()
    {
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}
