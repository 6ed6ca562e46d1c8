using System.CommandLine;

namespace DisklessKafka.Cli.Admin;

/// <summary>The verbs about transactions and producers, and their flags.</summary>
internal static class TransactionCommands
{
    public static Command Transactions() => new("transactions", "Lists, describes and aborts transactions")
    {
        AdminVerb.Telling("list", "Lists all transactional ids, with the states of their transactions", TransactionsVerb.ListAsync),
        AdminVerb.Telling("describe", "Tells a transaction's state, its producer and the partitions that it has written to", "ID", TransactionsVerb.DescribeAsync),
        FindHanging(),
        Abort(),
    };

    public static Command Producers()
    {
        var topic = new Argument<string>("TOPIC");
        var partitions = new Option<int[]>("--partition") { HelpName = "P", Description = "One partition; may be given several times (default: all)" };
        return AdminVerb.Telling(
            "producers", "Lists the idempotent producers of a topic: their last sequences, and where their transactions begin", [topic, partitions],
            (client, parsed) => ProducersVerb.DescribeAsync(client, new(parsed.GetValue(topic)!, parsed.GetValue(partitions) is { Length: > 0 } some ? some : null)));
    }

    private static Command FindHanging()
    {
        var topics = Parts.Topics(isRequired: false);
        var minutes = Parts.Number("--max-transaction-timeout", "How many minutes a transaction may take: what has not been written to for longer is looked at (default 15)", 0, int.MaxValue);
        return AdminVerb.Telling(
            "find-hanging", "Finds transactions that are open in a partition while nobody is left to end them; readers of what is committed wait behind them", [topics, minutes],
            (client, parsed) => TransactionsVerb.FindHangingAsync(client, parsed.GetValue(topics) ?? [], TimeSpan.FromMinutes(parsed.GetValue(minutes) ?? 15)));
    }

    private static Command Abort()
    {
        var topic = new Option<string>("--topic") { HelpName = "TOPIC", Description = "The topic", Required = true };
        var partition = Parts.Number("--partition", "The partition", 0, int.MaxValue);
        var start = Parts.Number("--start-offset", "Where the transaction begins there, as 'find-hanging' or 'diskless producers' tells", 0);
        (partition.Required, start.Required) = (true, true);
        return AdminVerb.Doing(
            "abort", "Aborts a transaction that hangs; its producer, should it live, is refused from then on", [topic, partition, start],
            (client, parsed) => TransactionsVerb.AbortAsync(client, parsed.GetValue(topic)!, (int)parsed.GetValue(partition)!.Value, parsed.GetValue(start)!.Value));
    }
}
