using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Agent.Apis;

/// <summary>ListPartitionReassignments v0. Deviations: nothing is ever moved, so the list is always empty.</summary>
public sealed class ListPartitionReassignmentsHandler : IApiHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    public ApiVersionRange Versions => new(0, 0);

    public ValueTask<ListPartitionReassignmentsResponse?> HandleAsync(ListPartitionReassignmentsRequest request, RequestContext context) =>
        new(new ListPartitionReassignmentsResponse());

    public ListPartitionReassignmentsResponse ToError(ListPartitionReassignmentsRequest request, ErrorCode error) => new() { ErrorCode = error };
}
