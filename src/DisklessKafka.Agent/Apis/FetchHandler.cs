using DisklessKafka.Agent.Read;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// Fetch v4–18. Deviations: no fetch sessions are kept (session id 0 tells clients so: behind a load balancer a session
/// would be lost at every turn), no preferred read replica, and a wait is capped at <see cref="FetchOptions.MaxWait"/>.
/// </summary>
public sealed class FetchHandler(Cluster cluster, FetchReader reader, FetchWaiters waiters, FetchOptions options, TimeProvider time) : IApiHandler<FetchRequest, FetchResponse>
{
    private int _rotation;

    public ApiVersionRange Versions => new(4, 18);

    public async ValueTask<FetchResponse?> HandleAsync(FetchRequest request, RequestContext context)
    {
        // Only what changed in a session that nobody keeps: its other partitions would never be answered. The client begins anew.
        if (request.SessionEpoch > 0) return ToError(request, ErrorCode.FetchSessionIdNotFound);
        var fetch = FetchTargets.Resolve(request, context.ApiVersion, cluster.View);
        if (fetch.HasDoubt)
        {
            // Another agent may know the topic or the offset already. Never let a stale view make a client reset its position.
            var caughtUp = await cluster.CatchUpAsync(context.Aborted);
            fetch = FetchTargets.Resolve(request, context.ApiVersion, cluster.View);
            if (!caughtUp) fetch.DoubtBecomes(ErrorCode.KafkaStorageError);
        }

        var maxBytes = Math.Clamp(request.MaxBytes, 0, options.MaxBytes);
        var minBytes = Math.Min(request.MinBytes, maxBytes);
        if (!fetch.HasErrors && fetch.Targets.Length > 0) await WaitAsync(fetch, minBytes, request.MaxWaitMs, context.Aborted);
        return await AnswerAsync(request, context, fetch, maxBytes);
    }

    public FetchResponse ToError(FetchRequest request, ErrorCode error) => new() { ErrorCode = error };

    /// <summary>Waits until the partitions together offer enough bytes, or the time is up; leaves the targets' views fresh.</summary>
    private async ValueTask WaitAsync(FetchTargets fetch, int minBytes, int maxWaitMs, CancellationToken aborted)
    {
        if (maxWaitMs <= 0 || fetch.Offers(minBytes)) return;
        var timeout = TimeSpan.FromMilliseconds(Math.Min(maxWaitMs, options.MaxWait.TotalMilliseconds));
        using var watch = cluster.Watch(); // other agents' writes are looked for often while somebody waits for them
        using var wait = new FetchWait(waiters, fetch.Partitions, timeout, time, aborted);
        while (true)
        {
            wait.Rearm();
            fetch.Refresh();
            if (wait.IsOver || fetch.Offers(minBytes)) return;
            await wait.WokenAsync();
        }
    }

    private async ValueTask<FetchResponse> AnswerAsync(FetchRequest request, RequestContext context, FetchTargets fetch, int maxBytes)
    {
        FetchedRecords[] records = [];
        if (fetch.Targets.Length > 0)
        {
            var first = (int)((uint)Interlocked.Increment(ref _rotation) % (uint)fetch.Targets.Length);
            records = await reader.ReadAsync(fetch.Targets, maxBytes, first, context.Aborted);
            foreach (var partition in records) context.DisposeAfterReply(partition);
        }

        return fetch.ToResponse(records, request.IsolationLevel);
    }
}
