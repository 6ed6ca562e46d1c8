using DisklessKafka.Agent.Options;

namespace DisklessKafka.Agent.Observability;

/// <summary>Metrics and health cannot be served at the address. The message is one line that says what to write instead.</summary>
public sealed class MetricsPortException(HostPort address, Exception reason)
    : IOException($"cannot serve metrics and health on {address}: {reason.GetBaseException().Message}; choose another address with --http, port 0 picks a free one, off serves none", reason);
