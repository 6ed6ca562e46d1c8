using DisklessKafka.Metadata.Replication;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;
using DisklessKafka.Protocol.Metadata;

namespace DisklessKafka.Agent.Apis;

/// <summary>
/// InitProducerId v0–5, for idempotent producers.
/// Deviations: transactions are not served yet, so a transactional id is refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
/// which clients treat as final instead of asking on.
/// </summary>
public sealed class InitProducerIdHandler(Cluster cluster) : IApiHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    public ApiVersionRange Versions => new(0, 5);

    public async ValueTask<InitProducerIdResponse?> HandleAsync(InitProducerIdRequest request, RequestContext context)
    {
        if (request.TransactionalId is { Value.Length: 0 }) return ToError(request, ErrorCode.InvalidRequest);
        if (request.TransactionalId is not null) return ToError(request, ErrorCode.TransactionalIdAuthorizationFailed);
        if (request.ProducerId.Value < -1 || request.ProducerEpoch < -1 || (request.ProducerId.Value < 0) != (request.ProducerEpoch < 0))
            return ToError(request, ErrorCode.InvalidRequest);
        var (status, outcome) = await cluster.AppendAsync(Command.Of(new InitProducerId { ProducerId = request.ProducerId, Epoch = request.ProducerEpoch }), context.Aborted);
        return outcome is null
            ? ToError(request, ErrorOf(status))
            : new() { ProducerId = new ProducerId(outcome.ProducerId), ProducerEpoch = outcome.Epoch };
    }

    public InitProducerIdResponse ToError(InitProducerIdRequest request, ErrorCode error) => new() { ErrorCode = error, ProducerId = new ProducerId(-1), ProducerEpoch = -1 };

    /// <summary>A producer id that nobody hears of does no harm, so whatever went wrong may be tried again.</summary>
    private static ErrorCode ErrorOf(AppendStatus status) => status switch
    {
        AppendStatus.Applied => ErrorCode.None,
        AppendStatus.NotAppended or AppendStatus.OutcomeUnknown or AppendStatus.SessionEnded => ErrorCode.CoordinatorNotAvailable,
        AppendStatus.LevelTooLow => ErrorCode.UnsupportedVersion,
    };
}
