using Npgsql;
using NpgsqlTypes;

namespace DisklessKafka.Metadata.Log.Postgres;

/// <summary>The log's four cursor columns, in and out. Transaction ids are 64 bits wide (xid8) everywhere and never wrap.</summary>
internal static class PostgresRows
{
    /// <summary>Of the columns epoch, xid, id, hash from <paramref name="ordinal"/> on.</summary>
    public static LogCursor Cursor(NpgsqlDataReader reader, int ordinal) =>
        new(reader.GetInt64(ordinal), (long)reader.GetFieldValue<ulong>(ordinal + 1), reader.GetInt64(ordinal + 2), (uint)reader.GetInt64(ordinal + 3));

    public static void AddPosition(NpgsqlParameterCollection parameters, LogCursor cursor)
    {
        parameters.Add(new NpgsqlParameter<long> { TypedValue = cursor.Epoch });
        parameters.Add(new NpgsqlParameter<ulong> { TypedValue = (ulong)cursor.Major, NpgsqlDbType = NpgsqlDbType.Xid8 });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = cursor.Minor });
    }
}
