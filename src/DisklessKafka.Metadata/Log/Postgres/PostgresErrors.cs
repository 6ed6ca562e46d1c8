using System.Net.Sockets;
using Npgsql;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>What a failed call means. Messages are one line and never hold a password.</summary>
internal static class PostgresErrors
{
    /// <summary>Raised by our own trigger on a table that takes no more entries.</summary>
    public const string TableSealed = "DL001";

    /// <summary>The statement was prepared for tables that have changed meanwhile; it had no effect.</summary>
    public static bool IsStaleLayout(PostgresException problem) =>
        problem.SqlState is TableSealed or PostgresErrorCodes.UndefinedTable;

    /// <summary>
    /// An ERROR from the server rolls the statement back. FATAL and PANIC end the connection and may come after the
    /// commit was written, and anything that is no answer of the server at all says nothing.
    /// </summary>
    public static bool HadNoEffect(Exception problem) =>
        problem is PostgresException { InvariantSeverity: "ERROR" } answer && answer.SqlState != PostgresErrorCodes.AdminShutdown;

    /// <summary>Npgsql lets some failures of a breaking connection through as they are.</summary>
    public static bool IsFromServer(Exception problem) =>
        problem is NpgsqlException or IOException or SocketException or TimeoutException or ObjectDisposedException;

    public static MetadataLogException Translate(Exception problem, string server) => problem switch
    {
        MetadataLogException ours => ours,
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            new($"Postgres at {server} refuses the user of the metadata log: check user and password", isTransient: false, problem),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            new($"Postgres at {server} has no such database: create it, or name another in the address of the metadata log", isTransient: false, problem),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } answer =>
            new($"Postgres at {server} lets the user of the metadata log do too little: {answer.MessageText}", isTransient: false, problem),
        PostgresException answer => new($"Postgres at {server}: {OneLine(answer.MessageText)} ({answer.SqlState})", IsTransient(answer), problem),
        TimeoutException or { InnerException: TimeoutException } => new($"Postgres at {server} did not answer in time", isTransient: true, problem),
        { InnerException: System.Security.Authentication.AuthenticationException } =>
            new($"Postgres at {server}: TLS failed: {OneLine(problem.InnerException!.Message)}", isTransient: false, problem),
        _ => new($"Postgres at {server} cannot be reached: {OneLine((problem.InnerException ?? problem).Message)}", isTransient: true, problem),
    };

    /// <summary>Unlike Npgsql's own notion, a server that is short of something, starting or read-only for a while counts too.</summary>
    private static bool IsTransient(PostgresException answer) =>
        answer.IsTransient || answer.SqlState[..2] is "08" or "53" or "55" or "57" or "40"
        || answer.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction;

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
