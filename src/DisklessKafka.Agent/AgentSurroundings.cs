using System.Diagnostics.Metrics;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent;

/// <summary>Everything outside an agent that it works with; whoever composes the agent owns all of it.</summary>
/// <param name="Random">Session and topic ids come from it, so in production it must be the system's, safe for any thread; a seeded one replays on one thread.</param>
public sealed record AgentSurroundings(IObjectStore Objects, IMetadataLog Log, TimeProvider Time, Random Random, Meter Meter, ILoggerFactory Loggers);
