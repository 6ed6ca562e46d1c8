using DisklessKafka.Agent.Apis;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent.Connections;

/// <summary>Log lines of this folder: event ids 1000 to 1099.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(1000, LogLevel.Information, "Listening on {EndPoint} (listener {Listener})")]
    public static partial void Listening(ILogger logger, System.Net.EndPoint endPoint, string listener);

    [LoggerMessage(1001, LogLevel.Debug, "Connection {Connection} ended: {Reason}")]
    public static partial void Ended(ILogger logger, ConnectionFacts connection, CloseReason reason);

    [LoggerMessage(1002, LogLevel.Warning, "Connection {Connection} closed: {Reason} {Detail} ({Suppressed} such lines held back)")]
    public static partial void Refused(ILogger logger, ConnectionFacts connection, CloseReason reason, string? detail, int suppressed);

    [LoggerMessage(1003, LogLevel.Error, "{Api} v{Version} of connection {Connection} failed ({Suppressed} such lines held back)")]
    public static partial void HandlerFailed(ILogger logger, string api, short version, ConnectionFacts connection, int suppressed, Exception failure);

    [LoggerMessage(1004, LogLevel.Information, "Draining {Connections} connections for up to {Bound}")]
    public static partial void Draining(ILogger logger, int connections, TimeSpan bound);

    [LoggerMessage(1005, LogLevel.Warning, "{Connections} connections did not end within {Bound} and were cut off")]
    public static partial void DrainCutOff(ILogger logger, int connections, TimeSpan bound);
}
