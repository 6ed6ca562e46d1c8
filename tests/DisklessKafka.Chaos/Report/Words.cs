using System.Text.RegularExpressions;
using DisklessKafka.Chaos.Faults;
using DisklessKafka.Chaos.Figures;

namespace DisklessKafka.Chaos.Report;

/// <summary>What a reader of reports, who need not know this program, calls things.</summary>
internal static partial class Words
{
    public static string Of(FaultKind kind) => kind switch
    {
        FaultKind.KillAgent => "agent killed",
        FaultKind.StopAgent => "agent stopped in good order",
        FaultKind.ReplaceAgent => "agent replaced by another one elsewhere",
        FaultKind.PauseAgent => "agent hangs longer than its session",
        FaultKind.LoseZone => "zone lost",
        FaultKind.CutLog => "agent cut off from Postgres",
        FaultKind.StallLog => "agent's way to Postgres stalls",
        FaultKind.DelayLog => "agent's way to Postgres is slow",
        FaultKind.LoseLogAnswers => "answers of Postgres lost",
        FaultKind.CutStore => "agent cut off from object store",
        FaultKind.StallStore => "agent's way to object store stalls",
        FaultKind.DelayStore => "agent's way to object store is slow",
        FaultKind.RestartPostgres => "Postgres restarted",
        FaultKind.KillPostgres => "Postgres killed",
        FaultKind.RestartStore => "object store killed",
        FaultKind.StoreStorm => "object store refuses requests",
        FaultKind.FillDisk => "disk full",
    };

    public static string Of(ClientKind kind, int count) => $"{count} {(kind, count) switch
    {
        (ClientKind.IdempotentProducer, 1) => "idempotent producer",
        (ClientKind.IdempotentProducer, _) => "idempotent producers",
        (ClientKind.PlainProducer, 1) => "producer without idempotence",
        (ClientKind.PlainProducer, _) => "producers without idempotence",
        (ClientKind.PinnedProducer, 1) => "raw producer pinned to one broker",
        (ClientKind.PinnedProducer, _) => "raw producers pinned to one broker each",
        (ClientKind.Transactional, 1) => "transactional producer",
        (ClientKind.Transactional, _) => "transactional producers",
        (ClientKind.Tailing, 1) => "tailing reader",
        (ClientKind.Tailing, _) => "tailing readers",
        (ClientKind.Lagging, 1) => "lagging reader",
        (ClientKind.Lagging, _) => "lagging readers",
        (ClientKind.Replaying, 1) => "replay of everything",
        (ClientKind.Replaying, _) => "replays of everything",
        (ClientKind.Group, 1) => "member of a group",
        (ClientKind.Group, _) => "members, coming and going, of a group",
        (ClientKind.Transformer, 1) => "member of a group that writes what it reads in transactions",
        (ClientKind.Transformer, _) => "members, coming and going, of a group that writes what it reads in transactions",
        (ClientKind.Observer, 1) => "observer of offsets",
        (ClientKind.Observer, _) => "observers of offsets",
    }}";

    public static string Of(Phase phase) => phase switch
    {
        Phase.Normal => "normal",
        Phase.Peak => "peak: six times the load",
        Phase.Replay => "while a reader replays everything",
        Phase.Failure => "failure",
    };

    public static string Of(TimeSpan time) => time.TotalMilliseconds < 10_000 ? $"{time.TotalMilliseconds:#,0} ms" : $"{time.TotalSeconds:0.0} s";

    /// <summary>So that complaints which only differ in addresses and times count as one.</summary>
    public static string WithoutNumbers(string text) => Number().Replace(text, "#");

    [GeneratedRegex(@"\d[\d.:]*")]
    private static partial Regex Number();
}
